"""A deployed polling trigger, and a clock that asks it again and again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone
from rest_framework.test import APIClient

from executor.models import Execution
from orchestrator.models import Poll
from orchestrator.triggers import polls
from tests.builders import edge, node

BASE = "/api/orchestrator/workflows/"


def deployed(api: APIClient, kind: str, params: dict[str, Any], **data: Any) -> Poll:
    document = {
        "name": f"w {uuid4()}",
        "nodes": [node("t", kind, params, **data), node("z")],
        "edges": [edge("t", "z")],
    }
    made = api.post(BASE, document, format="json").json()
    reply = api.post(f"{BASE}{made['id']}/deploy/", {}, format="json")
    assert reply.status_code == 200, reply.json()
    return Poll.objects.get(workflow_id=made["id"])


class Clock:
    """Asks a trigger again and again, later each time."""

    def __init__(self, poll: Poll) -> None:
        self.poll = poll
        self.now = timezone.now()

    def ask(self) -> list[dict[str, Any]] | None:
        """Return the items that started a run, or None where none was."""
        self.now += timedelta(hours=2)
        started = polls.ask(self.poll.pk, self.now)
        self.poll.refresh_from_db()
        if started is None:
            return None
        items: Any = Execution.objects.get(pk=started).input
        return list(items)
