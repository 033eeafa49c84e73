"""An ordinary user: runs of all sorts at a steady pace, questions by mail, callbacks and schedules, each timed."""

from __future__ import annotations

import email
import email.header
import logging
import re
import socket
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from aiosmtpd.controller import Controller

from tests.builders import chain, edge, graph, node, set_node
from tests.chaos.installation import BASE, Account

PER_S = 4.0  # starts
OWN_S = {"wait": 1.0}  # what a kind of run waits by itself
WAIT_S = 55
TAG = re.compile(r"mail-\d+")
SCHEDULES = 3
EVERY_S = 10


class Receiver(ThreadingHTTPServer):
    """A quick server: answers at once, and notes when something came for a path."""

    daemon_threads = True

    def __init__(self) -> None:
        self.came: dict[str, float] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.came.setdefault(self.path, time.time())
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "8")
                self.end_headers()
                self.wfile.write(b'{"ok": 1}'[:8])

            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Mailbox:
    """A mail server that takes everything, and notes when the mail with a tag came."""

    def __init__(self) -> None:
        self.came: dict[str, float] = {}
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        subject = email.message_from_bytes(envelope.content)["subject"] or ""
        text = str(email.header.make_header(email.header.decode_header(subject)))
        for tag in TAG.findall(text):
            self.came.setdefault(tag, time.time())
        return "250 OK"

    def close(self) -> None:
        self._controller.stop()


@dataclass
class Phase:
    """What was measured in a stretch of time."""

    seconds: float
    began_at: float
    took: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # kind → seconds, own off
    ended_at: list[float] = field(default_factory=list)
    callbacks: dict[str, str] = field(default_factory=dict)  # path → execution
    mails: dict[str, str] = field(default_factory=dict)  # tag → execution
    failures: list[str] = field(default_factory=list)

    @property
    def p95_s(self) -> float:
        every = [seconds for kind in self.took.values() for seconds in kind]
        return statistics.quantiles(every, n=20)[-1] if len(every) > 1 else float("inf")

    @property
    def per_s(self) -> float:
        """Return how many runs ended in that time, a second."""
        return sum(at <= self.began_at + self.seconds for at in self.ended_at) / self.seconds


class Tenant:
    """The ordinary user. `begin` makes what he has; `phase` measures."""

    def __init__(self, account: Account, receiver: Receiver, mailbox: Mailbox) -> None:
        self.account = account
        self.receiver = receiver
        self.mailbox = mailbox
        self.over = threading.Event()
        self._client = httpx.Client(
            base_url=account.base_url, headers={"X-API-Key": account.key}, timeout=WAIT_S + 10, trust_env=False,
            limits=httpx.Limits(max_connections=200),
        )  # fmt: skip
        self._workflows: dict[str, str] = {}
        self._scheduled: list[str] = []
        self._numbers = iter(range(1, 1_000_000))

    def begin(self) -> None:
        """Make the workflows, switch the schedules on, and begin to answer questions."""
        self.account.call("PATCH", "/api/users/me/notifications", {"away_after_s": 0})
        for kind, document in self._documents().items():
            self._workflows[kind] = self.account.make(kind, document)
        for number in range(SCHEDULES):
            trigger = node("t", "schedule_trigger", {"interval_s": EVERY_S})
            document = {"nodes": [trigger, set_node("s", x=1)], "edges": [edge("t", "s")]}
            self._scheduled.append(self.account.make(f"schedule {number}", document))
            self.account.deploy(self._scheduled[-1])
        threading.Thread(target=self._answer, daemon=True).start()

    def _documents(self) -> dict[str, dict[str, Any]]:
        call = node("h", "http_request", {"method": "POST", "url": f"{self.receiver.url}/call", "body": {"a": 1}})
        values = {"extraction_values": [{"key": "title", "css_selector": "h1"}]}
        page = node("p", "html_extract", values)
        merge = node("m", "merge", {"mode": "combine_by_position"})
        code = "return [{'n': sum(range(1000)) + len(items)}]"
        edges = [edge("start", "p"), edge("start", "s"), edge("p", "m", into="input_1"), edge("s", "m", into="input_2")]
        ask = node("a", "human_task", {"title": "{{ $json.title }}", "timeout_s": 600})
        asking = graph([ask, node("z")], [edge("start", "a"), edge("a", "z", "approved")])
        return {
            "chain": chain(set_node("s", n="{{ $json.n + 1 }}"), call, set_node("t", status="{{ $json.status }}")),
            "data": graph([page, set_node("s", n=1), merge], edges),
            "code": chain(node("c", "code", {"code": code}), node("z")),
            "wait": chain(node("w", "wait", {"seconds": OWN_S["wait"]}), node("z")),
            "approval": asking,
            "callback": chain(set_node("s", n=1)),
            "mailed": asking,
        }

    def phase(self, seconds: float) -> Phase:
        """Start runs at a steady pace for so long; returns when all have ended, or were given up."""
        phase = Phase(seconds, time.time())
        began = time.monotonic()
        calls: list[Future[None]] = []
        with ThreadPoolExecutor(150) as pool:
            for number, kind in enumerate(self._mix()):
                at = began + number / PER_S
                if at > began + seconds:
                    break
                time.sleep(max(at - time.monotonic(), 0))
                calls.append(pool.submit(self._run, kind, phase))
        for call in calls:
            call.result()
        return phase

    def _mix(self) -> Iterator[str]:
        while True:
            yield from ("chain", "data", "code", "wait", "chain", "approval", "callback", "mailed")

    def _run(self, kind: str, phase: Phase) -> None:
        number = next(self._numbers)
        title = f"mail-{number}" if kind == "mailed" else f"ask-{number}"
        body: dict[str, Any] = {"input": {"n": number, "title": title, "data": "<h1>Title</h1>"}, "wait_s": WAIT_S}
        if kind == "callback":
            body["callback_url"] = f"{self.receiver.url}/back/{number}"
        begin = time.monotonic()
        try:
            reply = self._client.post(f"{BASE}/workflows/{self._workflows[kind]}/execute/", json=body)
        except httpx.HTTPError as exc:
            phase.failures.append(f"{kind} {number}: {exc!r}")
            return
        said = reply.json()
        if reply.status_code != 200 or said["status"] != "completed":
            phase.failures.append(
                f"{kind} {number}: {reply.status_code} {said.get('status')} {said.get('code')} {said}"
            )
            return
        phase.ended_at.append(time.time())
        if kind == "mailed":  # what it takes is the mail's time
            phase.mails[title] = said["id"]
            return
        phase.took[kind].append(time.monotonic() - begin - OWN_S.get(kind, 0))
        if kind == "callback":
            phase.callbacks[f"/back/{number}"] = said["id"]

    def _answer(self) -> None:
        """Approve what is asked, at once; where a mail is to come, when it has come."""
        while not self.over.wait(0.1):
            try:
                reply = self._client.get(f"{BASE}/hitl/pending/?page_size=100")
                for task in reply.json().get("results", []):
                    if not task["title"].startswith("mail-") or task["title"] in self.mailbox.came:
                        self._client.post(f"{BASE}/hitl/{task['id']}/respond/", json={"action": "approve"})
            except (httpx.HTTPError, ValueError):
                continue

    def pause(self) -> None:
        """Switch the schedules off."""
        for workflow_id in self._scheduled:
            self.account.call("POST", f"{BASE}/workflows/{workflow_id}/undeploy/", {})

    def close(self) -> None:
        self.over.set()
        self._client.close()


def late_s(came: dict[str, float], wanted: dict[str, str], due: Callable[[str], datetime]) -> list[float]:
    """Return how late each thing came after it was due; what never came is as late as can be."""
    far = datetime.max.replace(tzinfo=UTC).timestamp()
    return [came.get(name, far) - due(execution_id).timestamp() for name, execution_id in wanted.items()]
