"""What strangers send to the doors that anybody can push: public webhooks, forms, and connections that never end."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Any

import httpx

from tests.builders import edge, node
from tests.chaos.hostile.attack import STRANGER, Attack, Kind
from tests.chaos.hostile.values import nested

SLOW = 300
BODY_MIB = 400


def _triggered(trigger: dict[str, Any]) -> dict[str, Any]:
    return {"nodes": [trigger, node("z")], "edges": [edge(trigger["id"], "z")]}


def deep_webhook(attack: Attack, kind: str) -> None:
    document = _triggered(node("t", "webhook_trigger", {"path": "deep"}))
    if attack.workflow(kind, document, deployed=True):
        for levels in (90, 150, 247, 249, 250):
            body = f'{{"a":{nested(levels)}}}'.encode()
            path = f"/api/webhooks/{attack.user_id}/deep"
            reply = attack.stranger.post(path, content=body, headers={"content-type": "application/json"})
            attack.note(kind, reply.status_code)
            if reply.status_code == 202:
                attack.started[kind].add(reply.json()["execution_id"])


def exploding_form(attack: Attack, kind: str) -> None:
    """A schema of some lines whose validation takes twice as long with each of them."""
    schema: dict[str, Any] = {f"a{at}": {"allOf": [{"$ref": f"#/$defs/a{at + 1}"}] * 2} for at in range(30)}
    schema["a30"] = {"type": "string"}
    form = {"type": "object", "$defs": schema, "properties": {"x": {"$ref": "#/$defs/a0"}}}
    document = _triggered(node("t", "form_trigger", {"path": "bomb", "form": form}))
    if attack.workflow(kind, document, deployed=True):
        with contextlib.suppress(httpx.TimeoutException):
            reply = attack.stranger.post(
                f"/api/webhooks/{attack.user_id}/bomb", json={"fields": {"x": "ok"}}, timeout=2
            )
            attack.note(kind, reply.status_code)


def slow_heads(attack: Attack, kind: str) -> None:
    """Hundreds of requests of which a byte comes now and then."""
    held: list[socket.socket] = []
    for _ in range(int(SLOW * attack.scale) or 1):
        with contextlib.suppress(OSError):
            one = socket.create_connection(attack.address, 5, (STRANGER, 0))
            one.sendall(b"POST /api/health/live/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999\r\nX-A: ")
            held.append(one)
    end = time.monotonic() + 10
    while time.monotonic() < end and not attack.over.wait(1):
        for one in list(held):
            try:
                one.sendall(b"a")
            except OSError:
                held.remove(one)
    attack.note(kind, f"held {len(held)} to the end")
    for one in held:
        one.close()


def endless_body(attack: Attack, kind: str) -> None:
    """400 MiB to a door that takes no body."""
    sent = 0
    with contextlib.suppress(OSError), socket.create_connection(attack.address, 10, (STRANGER, 0)) as one:
        one.sendall(b"POST /api/health/live/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        while sent < BODY_MIB * 16 and not attack.over.is_set():
            one.sendall(chunk)
            sent += 1
    attack.note(kind, f"{'all' if sent >= BODY_MIB * 16 else 'a part'} was taken")


KINDS = [
    Kind("deep_webhook", deep_webhook, 1),
    Kind("exploding_form", exploding_form, 1),
    Kind("slow_heads", slow_heads, 1),
    Kind("endless_body", endless_body, 1, threads=2),
]
