"""What a node on another queue may ask of its run: nothing, since the run is driven elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from nodes.base import Answer, ChildResult, Effect, NodeFailed, WaitFor
from nodes.items import Items
from nodes.usage import Usage

R = TypeVar("R")


def _refuse() -> NoReturn:
    raise NodeFailed("node_failed", "A node that waits, calls, answers or takes steps runs where its run does")


class Elsewhere:
    """The side of a run that is not here: it refuses, hears no live text, and counts what is used for the run."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage

    async def answer(self, response: dict[str, Any]) -> None:
        _refuse()

    async def wait(self, request: WaitFor) -> Answer:
        _refuse()

    async def call(
        self, workflow_id: str, inputs: Sequence[Any], *, at_once: int | None, waits: bool
    ) -> list[ChildResult]:
        _refuse()

    def evaluated(self, template: Mapping[str, Any], *lists: Items) -> Callable[[int], Awaitable[dict[str, Any]]]:
        _refuse()

    async def step(
        self, name: str, work: Callable[[str], Awaitable[Any]], *, kind: str, effect: Effect, given: Any = None
    ) -> Any:
        _refuse()

    async def ask(self, name: str, request: WaitFor) -> Answer:
        _refuse()

    async def side_by_side(self, works: Sequence[Callable[[], Awaitable[R]]]) -> list[R]:
        _refuse()

    def emit(self, text: str, *, channel: str, step: str | None) -> None:
        """Say nothing: nobody would hear it."""

    def spend(self, usage: Usage) -> None:
        self.usage += usage
