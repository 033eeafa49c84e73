"""What is told of servers that were asked for health, and of those that nobody could ask."""

from __future__ import annotations

import threading
from itertools import count
from typing import Any

import pytest
from django.db import OperationalError

from core.health.probes import LIMIT_S, Answer, Server, ask
from core.health.report import failing_of, server_of


@pytest.fixture
def hanging() -> Any:
    gate = threading.Event()
    yield gate.wait
    gate.set()


def fine() -> dict[str, Any]:
    return {"status": "ok", "latency_ms": 1}


def broken() -> None:
    raise OperationalError("host secret.example") from ConnectionRefusedError()


def test_a_server_that_is_silent_is_down_and_says_so_and_the_others_are_not(hanging: Any) -> None:
    silent, other = Server("silent"), Server("other")
    found = ask({"silent": (silent, hanging), "other": (other, fine), "broken": (other, broken)})
    assert server_of(found["silent"]) == {"status": "down", "latency_ms": None, "reason": f"no answer in {LIMIT_S:g} s"}
    assert server_of(found["other"]) == {"status": "ok", "latency_ms": 1}
    assert server_of(found["broken"])["reason"] == "ConnectionRefusedError", "the kind, and no host"
    assert failing_of(found) == ["silent", "broken"]


def test_a_process_that_is_late_itself_knows_nothing_of_others(hanging: Any) -> None:
    seconds = count(0, 1)  # each look comes a second after the one before
    found = ask({"database": (Server("x"), hanging)}, clock=lambda: float(next(seconds)))
    told = server_of(found["database"])
    assert (told["status"], told["reason"].split(":")[0]) == ("unknown", "web")
    assert failing_of(found) == ["web"]


def test_what_was_found_counts_however_late_the_process_is() -> None:
    assert server_of(Answer({"status": "ok", "latency_ms": 900}))["status"] == "ok"
