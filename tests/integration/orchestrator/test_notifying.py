"""Mails about open tasks, by a real SMTP server; the page behind their link."""

from __future__ import annotations

import email
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import User
from executor.engine_thread import EngineThread
from executor.models import HumanTask
from orchestrator.models import FailureNotice
from orchestrator.services import failure_mails, notifying
from tests.builders import chain, node
from tests.integration.executor.running import finished
from tests.integration.orchestrator.test_human_tasks import asking, begin

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(seconds=121)


class Box:
    """Takes what is sent."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content)))
        return "250 OK"

    def links(self) -> list[str]:
        texts = [mail.get_payload(decode=True).decode() for _, mail in self.mails]
        return [re.findall(r"http://\S+(/hitl/\S+)", text)[0] for text in texts]


@pytest.fixture
def box(settings: Any) -> Iterator[Box]:
    box = Box()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = False, ""
    yield box
    controller.stop()


def test_who_is_away_gets_one_mail_and_answers_by_its_link(engine: EngineThread, user: User, box: Box) -> None:
    execution_id, task = begin(engine, asking(message="100 euros"), user)
    assert notifying.notify_due(timezone.now()) == 0
    assert notifying.notify_due(timezone.now() + LATER) == 1
    assert notifying.notify_due(timezone.now() + LATER) == 0

    [(to, mail)] = box.mails
    assert (to, mail["Subject"]) == ([user.email], "Pay?")
    [link] = box.links()
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(link)
    assert page.status_code == 200
    assert "100 euros" in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert HumanTask.objects.get(pk=task.pk).status == "pending"
    wrong = browser.post(link, {"action": "dance"})
    assert wrong.status_code == 400
    assert browser.post(link, {"action": "approve", "comment": "fine"}).status_code == 200
    again = browser.post(link, {"action": "reject"})
    assert again.status_code == 409
    engine.ring(str(execution_id))
    assert finished(execution_id).output[0]["json"]["way"] == "approved"
    assert browser.get("/hitl/nonsense/").status_code == 404


def test_who_wants_no_mail_gets_none(engine: EngineThread, user: User, api: APIClient, box: Box) -> None:
    url = "/api/users/me/notifications"
    assert api.get(url).json() == {
        "hitl_email": True,
        "hitl_push": False,
        "run_failed_email": True,
        "away_after_s": 120,
    }
    assert api.patch(url, {"hitl_email": False}, format="json").json()["hitl_email"] is False
    assert api.patch(url, {"away_after_s": -1}, format="json").status_code == 400
    begin(engine, asking(), user)

    assert notifying.notify_due(timezone.now() + LATER) == 0
    assert box.mails == []


def test_a_reminder_is_a_second_mail(engine: EngineThread, user: User, box: Box) -> None:
    begin(engine, asking(timeout_s=3600, remind_after_s=600), user)
    now = timezone.now()
    assert [notifying.notify_due(now + timedelta(seconds=wait)) for wait in (130, 300, 700, 900)] == [1, 0, 1, 0]


def test_a_mail_server_that_is_away_is_tried_again(engine: EngineThread, user: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    _, task = begin(engine, asking(), user)
    assert notifying.notify_due(timezone.now() + LATER) == 0
    assert HumanTask.objects.get(pk=task.pk).notified_at is None


def failed(api: APIClient, engine: EngineThread, count: int = 1) -> str:
    """Let a deployed workflow fail."""
    document = chain(node("pay", "stop_and_error", {"message": "card 4111 refused"}))
    made = api.post("/api/orchestrator/workflows/", {"name": "Orders", **document}, format="json").json()["id"]
    api.post(f"/api/orchestrator/workflows/{made}/deploy/", {}, format="json")
    fail_again(api, engine, made, count)
    return str(made)


def fail_again(api: APIClient, engine: EngineThread, workflow: str, count: int) -> None:
    for _ in range(count):
        url = f"/api/orchestrator/workflows/{workflow}/execute/"
        begun = api.post(url, {"version": "deployed"}, format="json").json()["id"]
        engine.ring(begun)
        finished(begun)


def test_the_owner_hears_of_failed_runs_once_and_then_of_many_together(
    engine: EngineThread, api: APIClient, user: User, box: Box
) -> None:
    workflow = failed(api, engine)
    now = timezone.now() + timedelta(seconds=6)
    assert [failure_mails.send_due(now), failure_mails.send_due(now)] == [1, 0]
    [(to, mail)] = box.mails
    text = mail.get_payload(decode=True).decode()
    assert (to, mail["Subject"]) == ([user.email], "Orders: 1 run failed")
    assert " at pay " in text
    assert "4111" not in text, "what a message holds stays behind the login"

    FailureNotice.objects.update(told_until=timezone.now())  # as if those 6 s had passed
    fail_again(api, engine, workflow, 12)
    later = timezone.now() + timedelta(seconds=6)
    assert failure_mails.send_due(later) == 0, "not yet"
    assert failure_mails.send_due(later + timedelta(minutes=15)) == 1
    assert (box.mails[1][1]["Subject"], "and 2 more" in box.mails[1][1].get_payload()) == (
        "Orders: 12 runs failed",
        True,
    )


def test_who_wants_no_mail_about_failed_runs_gets_none(
    engine: EngineThread, api: APIClient, settings: Any, box: Box
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    workflow = failed(api, engine)
    now = timezone.now() + timedelta(seconds=6)
    assert failure_mails.send_due(now) == 0, "the mail server is away"
    settings.EMAIL_PORT = port
    assert failure_mails.send_due(now) == 1
    FailureNotice.objects.update(told_until=timezone.now())
    api.patch("/api/users/me/notifications", {"run_failed_email": False}, format="json")
    fail_again(api, engine, workflow, 1)
    assert failure_mails.send_due(timezone.now() + timedelta(minutes=20)) == 0
    assert len(box.mails) == 1
