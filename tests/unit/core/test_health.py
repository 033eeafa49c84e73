"""The jails of all workers as one component, and what a start makes of it."""

from __future__ import annotations

from core.health.report import sandbox_of
from workflow_backend.supervisor.stack import _refusal_of_the_jail

DOWN = {"status": "down", "layers": [], "reason": "Landlock is not there"}
FINE = {"status": "ok", "layers": ["seccomp"], "reason": ""}


def test_one_jail_that_refuses_is_what_is_shown() -> None:
    assert sandbox_of([FINE, DOWN]) == DOWN
    assert sandbox_of([FINE]) == {"status": "ok", "layers": ["seccomp"]}
    assert sandbox_of([{"status": "unknown", "layers": [], "reason": ""}])["status"] == "unknown"


def test_a_house_without_a_jail_opens_and_says_so() -> None:
    others = {name: {"status": "ok"} for name in ("database", "redis", "workers", "beat")}
    assert _refusal_of_the_jail({"components": {**others, "sandbox": DOWN}}) == "Landlock is not there"
    assert _refusal_of_the_jail({"components": {**others, "sandbox": FINE}}) is None
    assert _refusal_of_the_jail({"components": {**others, "beat": {"status": "down"}, "sandbox": DOWN}}) is None
    assert _refusal_of_the_jail({}) is None
