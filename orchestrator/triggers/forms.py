"""What somebody sent by a form's page: checked against the form, files put aside, a run started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import Invalid
from core.forms import forms
from core.forms.fields import Posted, data_of, file_fields, without_files
from core.json import NotStorable, dumps
from core.storage.blobs import NewFile, Upload
from core.values.times import wire_time
from executor.verbs.executions import Started
from nodes.calling import FormPage
from orchestrator.starting.call import Call
from orchestrator.starting.starting import start_from_webhook
from orchestrator.triggers.webhook_bodies import Files


@dataclass(frozen=True, slots=True)
class Submission:
    """What was sent: data by field, files by field, of which one may have several.

    `key` is the same for a page that is sent twice.
    """

    data: Any
    files: Mapping[str, Sequence[Upload]] = field(default_factory=dict[str, Sequence[Upload]])
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    key: str | None = None


def from_page(page: FormPage, posted: Posted, files: Mapping[str, Sequence[Upload]], timezone: str) -> Submission:
    """Return what a browser posted; times without an offset are the workflow's."""
    key = posted.getlist("submission_id")
    data = data_of(page.form, posted, timezone)
    return Submission(data, files, key=f"form:{key[0][:100]}" if key and key[0] else None)


def start(*, call: Call, page: FormPage, sent: Submission, run_id: UUID, now: datetime) -> Started:
    """Start a run with what was sent. Raises: Invalid with a problem for each field."""
    wanted = file_fields(page.form)
    problems = [
        {"field": ".".join(found.path), "code": "invalid", "message": found.message}
        for found in forms.problems_of(sent.data, without_files(page.form))
    ]
    problems += [
        {"field": name, "code": "required", "message": "A file is needed."}
        for name, is_needed in wanted.items()
        if is_needed and not sent.files.get(name)
    ]
    if problems:
        count = len(problems)
        raise Invalid(f"{count} field{'s are' if count > 1 else ' is'} wrong", errors=problems)
    payload: dict[str, Any] = {"fields": sent.data, "submitted_at": wire_time(now), "query": dict(sent.query)}
    try:
        dumps(payload)
    except NotStorable as exc:
        raise Invalid(str(exc)) from exc
    files = Files()
    for name in wanted:
        for upload in sent.files.get(name, ()):
            files.put(name, NewFile.of(upload))
    if files.by_name:
        payload["$binary"] = {name: file.reference() for name, file in files.by_name.items()}
    return start_from_webhook(
        call=call, payload=payload, key=sent.key, run_id=run_id, now=now, files=list(files.by_name.values())
    )
