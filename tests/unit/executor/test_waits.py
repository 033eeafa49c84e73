"""Waits of a run, found by the node run they belong to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from executor.domain.tokens import Tokens
from executor.run.waits import Waits

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def row(node_id: str, path: str, number: int, *, answered: bool = False) -> dict[str, Any]:
    return {
        "node_id": node_id, "path": path, "number": number, "answered_at": NOW if answered else None, "created_at": NOW,
        "answer": {"by": "time"} if answered else None, "task_id": None, "kind": "timer", "signal": None, "until": NOW,
    }  # fmt: skip


class Counted(dict[Any, Any]):
    """A dict that counts how often it is gone through."""

    walks = 0

    def items(self) -> Any:
        self.walks += 1
        return super().items()


def test_the_waits_of_a_node_run_are_its_own_in_order() -> None:
    waits = Waits(Tokens())
    waits.restore([row("b", "l:1", 2), row("a", "", 1), row("b", "l:1", 0), row("b", "l:10", 1)])

    assert [found.number for found in waits.of_node("b", "l:1")] == [0, 2]
    assert waits.of_node("b", "l:2") == []


def test_finding_them_does_not_go_through_all_others() -> None:
    stored = Counted()
    waits = Waits(Tokens(), stored)
    waits.restore([row("n", f"l:{number}", 0) for number in range(1000)])

    assert all(len(waits.of_node("n", f"l:{number}")) == 1 for number in range(1000))
    assert stored.walks == 0


def test_only_what_has_no_answer_is_asked_for_again() -> None:
    waits = Waits(Tokens())
    waits.restore([row("n", f"l:{number}", 0, answered=number > 0) for number in range(1000)])
    assert waits.unanswered() == {"nodes": ["n"], "paths": ["l:0"], "numbers": [0]}

    waits.resolve([row("n", "l:0", 0, answered=True)])
    assert waits.unanswered() == {"nodes": [], "paths": [], "numbers": []}
    assert waits.of_node("n", "l:0")[0].answer == {"by": "time"}
