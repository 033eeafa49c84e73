"""Mails about open tasks, by a real SMTP server; the page behind their link."""

from __future__ import annotations

import email
import re
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from email.header import decode_header, make_header
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from django.db.models import F
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from core.mail import mailing
from core.models import Collaborator, OutboxRow, User
from core.outbox.lanes import LANES
from core.outbox.worker import Room
from core.values.lines import has_breaks, one_line
from executor.models import DeadLetter, Execution, HumanTask
from executor.process.engine_thread import EngineThread
from orchestrator.models import FailureNotice, Workflow
from orchestrator.people import mails
from tests.builders import chain, node
from tests.conftest import Peer
from tests.integration.executor.running import finished
from tests.integration.orchestrator.test_human_tasks import asking, begin
from tests.integration.outbox.working import hurry, left, work_off

pytestmark = pytest.mark.django_db(transaction=True)


class Box:
    """Takes what is sent."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.refused = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address == self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content)))
        return "250 OK"

    def links(self) -> list[str]:
        texts = [mail.get_payload(decode=True).decode() for _, mail in self.mails]
        return [re.findall(r"http://\S+(/hitl/#\S+)", text)[0] for text in texts]


@pytest.fixture
def box(settings: Any) -> Iterator[Box]:
    box = Box()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "core.mail.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = False, ""
    yield box
    controller.stop()


def away(**fields: Any) -> None:
    """Let two minutes pass for who is asked, and do what is due then."""
    HumanTask.objects.update(created_at=F("created_at") - timedelta(seconds=121))
    hurry(**fields)
    work_off()


def test_who_is_away_gets_one_mail_and_answers_by_its_link(engine: EngineThread, user: User, box: Box) -> None:
    execution_id, task = begin(engine, asking(message="100 euros"), user)
    work_off()
    assert box.mails == []
    away()
    away()

    [(to, mail)] = box.mails
    assert (to, mail["Subject"]) == ([user.email], "Pay?")
    [link] = box.links()
    browser = Client(enforce_csrf_checks=True)
    address, token = link.split("#")
    asks = browser.get(address)
    assert asks.status_code == 200
    assert "100 euros" not in asks.content.decode(), "who only opens an address sees nothing"
    page = browser.post(address, {"token": token})
    assert page.status_code == 200
    assert "100 euros" in page.content.decode()
    for shown in (asks, page):
        nonce = re.search(r"style-src 'nonce-([^']+)'", shown["Content-Security-Policy"])
        assert nonce is not None
        assert f'<style nonce="{nonce[1]}">' in shown.content.decode()
        assert "unsafe-inline" not in shown["Content-Security-Policy"]
        assert shown["Referrer-Policy"] == "no-referrer"
        assert "no-store" in shown["Cache-Control"]
    assert HumanTask.objects.get(pk=task.pk).status == "pending"
    wrong = browser.post(address, {"token": token, "action": "dance"})
    assert wrong.status_code == 400
    assert browser.post(address, {"token": token, "action": "approve", "comment": "fine"}).status_code == 200
    again = browser.post(address, {"token": token, "action": "reject"})
    assert again.status_code == 409
    engine.ring(str(execution_id))
    assert finished(execution_id).output[0]["json"]["way"] == "approved"
    assert browser.post(address, {"token": "nonsense"}).status_code == 404
    moved = browser.get(f"/hitl/{token}/")
    assert (moved.status_code, moved["Location"]) == (302, f"/hitl/#{token}"), "a link of an earlier release"


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
    work_off()
    away()
    assert box.mails == []
    assert left() == []


def test_a_reminder_is_a_second_mail(engine: EngineThread, user: User, box: Box) -> None:
    begin(engine, asking(timeout_s=3600, remind_after_s=600), user)
    work_off()
    away(kind="task_mail")
    assert len(box.mails) == 1
    assert [row.kind for row in left()] == ["task_asked"]
    away()
    away()
    assert len(box.mails) == 2
    assert left() == []


def test_who_a_task_is_escalated_to_gets_a_mail(engine: EngineThread, user: User, make_user: Any, box: Box) -> None:
    boss = make_user()
    begin(engine, asking(timeout_s=0.3, on_timeout="escalate", escalate_to=[str(boss.pk)]), user)
    work_off()
    end = time.monotonic() + 10
    while HumanTask.objects.filter(assignee_ids=[str(boss.pk)]).count() == 0:
        assert time.monotonic() < end
        time.sleep(0.05)
    HumanTask.objects.update(timeout_s=3600, expires_at=timezone.now() + timedelta(hours=1))
    work_off()
    away()
    assert [to for to, _ in box.mails] == [[boss.email]]


def of_workflow(engine: EngineThread, owner: User, asked: User, title: str) -> None:
    """Ask somebody from a run of a workflow that its owner keeps."""
    workflow = Workflow.objects.filter(owner_id=owner.pk).first()
    execution_id, _ = begin(engine, asking(title=title, message="Pay at https://evil.example/now"), owner)
    HumanTask.objects.filter(execution_id=execution_id).update(
        assignee_ids=[str(asked.pk)], workflow_id=workflow.pk if workflow else None
    )


@pytest.mark.parametrize(
    "shares", ["nothing", "an invitation", "a role taken away", "a workflow", "one of the other's"]
)
def test_what_strangers_ask_is_in_no_mail_and_colleagues_read_it_there(
    engine: EngineThread, make_user: Any, box: Box, shares: str
) -> None:
    owner, asked = make_user(), make_user()
    holder, guest = (asked, owner) if shares == "one of the other's" else (owner, asked)
    workflow = Workflow.objects.create(owner_id=holder.pk, name="w")
    if shares != "nothing":
        now = timezone.now()
        Collaborator.objects.create(
            workflow_id=workflow.pk, user_id=guest.pk, email=guest.email, invited_by_id=holder.pk, created_at=now,
            mailed_at=now, accepted_at=None if shares == "an invitation" else now,
            role="" if shares == "a role taken away" else "viewer",
        )  # fmt: skip
    of_workflow(engine, owner, asked, "Your password expires: https://evil.example")
    work_off()
    away()

    [(to, mail)] = box.mails
    text, subject = mail.get_payload(decode=True).decode(), str(make_header(decode_header(mail["Subject"])))
    assert to == [asked.email]
    assert f"Asked by {owner.email}" in text
    assert box.links(), "whoever asks, it can be answered"
    works_together = shares in ("a workflow", "one of the other's")
    assert ("evil.example" in subject + text) == works_together
    assert (owner.email in subject) != works_together


def test_a_stranger_is_mailed_a_few_times_a_day_and_finds_all_tasks_in_the_inbox(
    engine: EngineThread, make_user: Any, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "TO_ONE", 2)
    owner, asked, colleague = make_user(), make_user(), make_user()
    for number in range(4):
        of_workflow(engine, owner, asked, f"t{number}")
    of_workflow(engine, asked, asked, "my own")
    of_workflow(engine, owner, colleague, "another's")
    work_off()
    away()
    told = [to[0] for to, _ in box.mails]
    assert (told.count(asked.email), told.count(colleague.email)) == (3, 1), "two of the stranger's, and the own one"
    assert left() == []
    assert HumanTask.objects.filter(assignee_ids=[str(asked.pk)], status="pending").count() == 5


def test_a_task_that_was_answered_meanwhile_sends_no_mail(engine: EngineThread, user: User, box: Box) -> None:
    begin(engine, asking(), user)
    work_off()
    HumanTask.objects.update(status="approved")
    away()
    assert box.mails == []
    assert left() == []


def test_a_mail_server_that_is_away_is_tried_again(engine: EngineThread, user: User, box: Box, settings: Any) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    begin(engine, asking(), user)
    work_off()
    away()
    [row] = left()
    assert (row.kind, row.attempts, "ConnectionRefused" in row.last_error) == ("task_mail", 1, True)
    settings.EMAIL_PORT = port
    away()
    assert len(box.mails) == 1


def test_a_recipient_that_is_refused_for_good_ends_that_mail_alone(
    engine: EngineThread, make_user: Any, box: Box
) -> None:
    gone, there = make_user(), make_user()
    box.refused = gone.email
    begin(engine, asking(), gone)
    begin(engine, asking(), there)
    work_off()
    away()
    assert [to for to, _ in box.mails] == [[there.email]]
    assert left() == []
    assert "the recipient was refused" in DeadLetter.objects.get().exception


def test_a_mail_server_that_hangs_keeps_nothing_but_mails_waiting(
    engine: EngineThread, user: User, api: APIClient, settings: Any, peer: Peer, box: Box
) -> None:
    """Mails have a lane of their own: a callback arrives while the server is silent."""
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    peer.answer("/done", (200, {}, b""))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = silent.getsockname()[1], 3
        for _ in range(LANES["mails"].places):
            mailing.post(owner_id=uuid4(), to="a@example.org", subject="s", text="t")
        started = chain(node("a"))
        made = api.post("/api/orchestrator/workflows/", {"name": "w", **started}, format="json").json()["id"]
        url = f"/api/orchestrator/workflows/{made}/execute/"
        begun = api.post(url, {"callback_url": f"{peer.url}/done"}, format="json").json()["id"]
        engine.ring(begun)
        finished(begun)
        room = Room()
        room.start()
        end = time.monotonic() + 2.5
        while not peer.calls and time.monotonic() < end:
            time.sleep(0.02)
        assert len(peer.calls) == 1
        assert OutboxRow.objects.filter(kind="mail", state="taken").exists(), "their server is silent still"
        room.stop(6)
    assert {row.last_error.split(":")[0] for row in left()} <= {"TimeoutError", "SMTPServerDisconnected"}


BREAKS = ["poison\rx", "a\nBcc: all@example.org", "tab\tand\x0bmore", "\u2028line", "\x1b[31mred", "long " * 58]


@pytest.mark.parametrize("title", BREAKS)
def test_no_title_breaks_a_header_or_keeps_anothers_mail_back(
    engine: EngineThread, make_user: Any, box: Box, title: str
) -> None:
    one, two = make_user(), make_user()
    begin(engine, asking(title=title), one)
    begin(engine, asking(title="fine"), two)
    work_off()
    away()
    shown = [(to[0], str(make_header(decode_header(mail["Subject"])))) for to, mail in box.mails]
    subjects = {to: " ".join(subject.split()) for to, subject in shown}  # long ones are folded
    assert subjects == {one.email: one_line(title, 200), two.email: "fine"}
    assert all("Bcc" not in mail for _, mail in box.mails)
    assert not has_breaks(HumanTask.objects.exclude(title="fine").get().title)


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
    settled()
    [(to, mail)] = box.mails
    text = mail.get_payload(decode=True).decode()
    assert (to, mail["Subject"]) == ([user.email], "Orders: 1 run failed")
    assert " at pay " in text
    assert "4111" not in text, "what a message holds stays behind the login"

    fail_again(api, engine, workflow, 12)
    settled()
    assert len(box.mails) == 1, "not yet"
    FailureNotice.objects.update(sent_at=F("sent_at") - timedelta(minutes=15))
    settled()
    assert (box.mails[1][1]["Subject"], "and 2 more" in box.mails[1][1].get_payload()) == (
        "Orders: 12 runs failed",
        True,
    )


def settled() -> None:
    """Let the seconds pass that a failure settles for, and do what is due then."""
    work_off()
    Execution.objects.update(finished_at=F("finished_at") - timedelta(seconds=6))
    FailureNotice.objects.update(told_until=F("told_until") - timedelta(seconds=6))
    hurry()
    work_off()


def test_who_wants_no_mail_about_failed_runs_gets_none(
    engine: EngineThread, api: APIClient, settings: Any, box: Box
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    workflow = failed(api, engine)
    settled()
    assert [row.kind for row in left()] == ["mail"], "the mail server is away"
    settings.EMAIL_PORT = port
    hurry()
    work_off()
    assert len(box.mails) == 1
    api.patch("/api/users/me/notifications", {"run_failed_email": False}, format="json")
    FailureNotice.objects.update(sent_at=None)
    fail_again(api, engine, workflow, 1)
    settled()
    assert len(box.mails) == 1
    assert left() == []
