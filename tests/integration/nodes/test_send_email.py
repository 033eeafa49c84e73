"""Mails of workflows, at a real SMTP server on loopback."""

from __future__ import annotations

import email
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from rest_framework.test import APIClient

from executor.process.engine_thread import EngineThread
from tests.builders import chain, node
from tests.integration.credentials.conftest import stored
from tests.integration.executor.running import engine_thread, finished

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]
BASE = "/api/orchestrator/workflows/"


class Server:
    """Keeps what it is given; refuses addresses at refused.example, and passwords but one."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], EmailMessage]] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if address.endswith("@refused.example"):
            return "550 no such user"
        if address.endswith("@later.example"):
            return "451 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer == "250 OK":
            message = email.message_from_bytes(cast(bytes, envelope.content), policy=default)
            self.taken.append((str(envelope.mail_from), list(envelope.rcpt_tos), message))
        return self.answer


def logged_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=isinstance(data, LoginPassword) and data.password == b"right", handled=False)


@pytest.fixture
def server(settings: Any) -> Iterator[tuple[Server, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Server()
    controller = Controller(
        box, hostname="127.0.0.1", port=port, authenticator=logged_in, auth_require_tls=False, auth_required=True
    )
    controller.start()
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [f"127.0.0.1:{port}"]
    yield box, str(port)
    controller.stop()


@pytest.fixture
def engine(settings: Any) -> Iterator[EngineThread]:
    thread = engine_thread()
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def credential(api: APIClient, at: str, **fields: str) -> str:
    data = {"host": "127.0.0.1", "port": at, "security": "none", "username": "u@example.org", "password": "right"}
    return str(stored(api, "smtp", "server", **{**data, **fields})["id"])


def sent(api: APIClient, engine: EngineThread, server_id: str, value: Any = None, **params: Any) -> Any:
    mail = node("mail", "send_email", params, credentials={"server": server_id})
    made = api.post(BASE, {"name": "w", **chain(mail)}, format="json").json()
    started = api.post(f"{BASE}{made['id']}/execute/", {"input": {} if value is None else value}, format="json").json()
    engine.ring(started["id"])
    return finished(UUID(started["id"]))


def test_a_mail_for_each_item_reaches_all_it_goes_to(
    api: APIClient, engine: EngineThread, server: tuple[Server, str]
) -> None:
    box, port = server
    execution = sent(
        api, engine, credential(api, port, sender="Acme <no-reply@acme.example>"), [{"n": 1}, {"n": 2}],
        to='"Müller, Ada" <ada@example.org>, bob@example.org', cc=["carl@example.org"], bcc="dora@example.org",
        subject="Order {{ $json.n }} für Sie\r\nX-Bad: 1", body_type="both", text="Grüße {{ $json.n }}", html="<b>1</b>",
        reply_to="shop@acme.example",
    )  # fmt: skip

    assert execution.state.status == "completed", execution.error
    (sender, recipients, first), (_, _, second) = sorted(box.taken, key=lambda taken: str(taken[2]["Subject"]))
    assert sender == "no-reply@acme.example"
    assert recipients == ["ada@example.org", "bob@example.org", "carl@example.org", "dora@example.org"]
    assert first["To"] == '"Müller, Ada" <ada@example.org>, bob@example.org'
    assert (first["Cc"], first["Reply-To"], first["Bcc"]) == ("carl@example.org", "shop@acme.example", None)
    assert (first["Subject"], first["X-Bad"]) == ("Order 1 für Sie X-Bad: 1", None)
    plain, html = first.get_body(("plain",)), first.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert (plain.get_content().strip(), html.get_content().strip()) == ("Grüße 1", "<b>1</b>")
    assert first["Message-ID"] != second["Message-ID"]
    told = execution.output[0]["json"]["mail"]
    assert (told["message_id"], told["accepted"], told["refused"]) == (first["Message-ID"], recipients, [])
    assert execution.output[1]["json"]["n"] == 2


def test_every_entry_of_a_list_may_hold_several_and_hosts_are_written_as_name_servers_know_them(
    api: APIClient, engine: EngineThread, server: tuple[Server, str]
) -> None:
    box, port = server
    sent(
        api, engine, credential(api, port), to=["a@example.org, b@example.org", "Info <info@müller.example>"],
        reply_to=["  "], subject="s",
    )  # fmt: skip

    ((_, recipients, message),) = box.taken
    assert recipients == ["a@example.org", "b@example.org", "info@xn--mller-kva.example"]
    assert message["To"] == "a@example.org, b@example.org, Info <info@xn--mller-kva.example>"
    assert message["Reply-To"] is None


def test_whom_the_server_refuses_is_told_and_warned_of(
    api: APIClient, engine: EngineThread, server: tuple[Server, str]
) -> None:
    box, port = server
    execution = sent(api, engine, credential(api, port), to="ada@example.org, no@refused.example", subject="s")

    assert execution.output[0]["json"]["mail"]["refused"] == [
        {"address": "no@refused.example", "reason": "550 no such user"}
    ]
    assert [recipients for _, recipients, _ in box.taken] == [["ada@example.org"]]


@pytest.mark.parametrize(
    ("fields", "params", "code"),
    [
        ({}, {"to": "no@refused.example"}, "mail_refused"),
        ({}, {"to": "no@later.example"}, "mail_refused"),
        ({"password": "wrong"}, {"to": "a@example.org"}, "mail_refused"),
        ({"security": "starttls"}, {"to": "a@example.org"}, "mail_unreachable"),
        ({"security": "ssl"}, {"to": "a@example.org"}, "mail_unreachable"),
        ({"port": "1"}, {"to": "a@example.org"}, "ssrf_blocked"),
        ({"port": "x"}, {"to": "a@example.org"}, "credential_invalid"),
        ({"host": "no-such-host.invalid"}, {"to": "a@example.org"}, "mail_unreachable"),
        ({}, {"to": " , ;"}, "no_recipient"),
        ({}, {"to": "ada"}, "invalid_address"),
        ({}, {"to": "jörg@example.org"}, "invalid_address"),
        ({}, {"to": "a@example.org", "bcc": ["jörg@example.org"]}, "invalid_address"),
        ({}, {"to": "a@-.example"}, "invalid_address"),
        ({}, {"to": "a@example.org", "sender": "a@example.org, b@example.org"}, "invalid_address"),
        ({"username": "", "password": ""}, {"to": "a@example.org"}, "missing_sender"),
        ({}, {"to": "a@example.org", "sender": "x\r\nBcc: b@example.org"}, "invalid_address"),
        ({"sender": "", "username": "user"}, {"to": "a@example.org"}, "invalid_address"),
        ({}, {"to": [f"a{n}@example.org" for n in range(101)]}, "too_many_recipients"),
        ({}, {"to": "a@example.org", "attachments": "invoice"}, "file_missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_fails_with_a_code(
    api: APIClient, engine: EngineThread, server: tuple[Server, str],
    fields: dict[str, str], params: dict[str, Any], code: str,
) -> None:  # fmt: skip
    box, port = server
    execution = sent(api, engine, credential(api, port, **fields), **params)

    assert (execution.state.status, execution.error["code"]) == ("failed", code), execution.error
    assert box.taken == []


def test_the_same_turn_sends_the_same_message_id(
    api: APIClient, engine: EngineThread, server: tuple[Server, str]
) -> None:
    box, port = server
    server_id = credential(api, port)
    box.answer = "451 not now"
    mail = node(
        "mail", "send_email", {"to": "a@example.org"}, credentials={"server": server_id},
        settings={"retry": {"max_attempts": 9, "delay_s": 0.2, "backoff": 1}},
    )  # fmt: skip
    made = api.post(BASE, {"name": "w", **chain(mail)}, format="json").json()
    started = api.post(f"{BASE}{made['id']}/execute/", {"input": {}}, format="json").json()
    engine.ring(started["id"])
    box.answer = "250 OK"

    execution = finished(UUID(started["id"]))
    assert [message["Message-ID"] for _, _, message in box.taken] == [execution.output[0]["json"]["mail"]["message_id"]]


def test_a_credential_is_tried_by_a_log_in(api: APIClient, server: tuple[Server, str]) -> None:
    _, port = server
    for password, works in (("right", True), ("wrong", False)):
        reply = api.post(f"/api/credentials/{credential_named(api, port, password)}/verify/")
        assert reply.json()["verified"] is works, reply.json()


def credential_named(api: APIClient, port: str, password: str) -> str:
    data = {"host": "127.0.0.1", "port": port, "security": "none", "username": "u", "password": password}
    return str(stored(api, "smtp", f"server {password}", **data)["id"])


def test_the_server_of_these_tests_refuses_strangers(server: tuple[Server, str]) -> None:
    with smtplib.SMTP("127.0.0.1", int(server[1])) as client, pytest.raises(smtplib.SMTPSenderRefused):
        client.sendmail("a@example.org", ["b@example.org"], "hello")
