"""What a run carries out. A compiled graph is one kind of program; the engine knows no more of it than this.

Journal, waits, verbs, events and repair are the same for all kinds. What a program does is seen in its node runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from compiler.definition import WorkflowSettings

R = TypeVar("R", contravariant=True)


class ProgramRun(Protocol):
    """One run's way through its program, in one process."""

    async def prepare(self, *, is_resumed: bool) -> None:
        """Do what takes long before it can begin, off the loop."""
        ...

    def begin(self) -> None:
        """Take over what is known of the run, and a token for each who can go on; before anybody counts them."""
        ...

    async def go(self) -> None:
        """Go through to the end. What it comes to is in its node runs and `Run.failure`; what it raises is a fault."""
        ...

    def output(self) -> tuple[list[Any], str | None]:
        """Return what the run has come to: its items, and the node they are of."""
        ...

    def is_rejected(self) -> bool:
        """Tell whether somebody said no, and nothing stands behind that output."""
        ...

    def held_bytes(self) -> int:
        """Return about how much of values it holds, as JSON."""
        ...

    async def let_go(self) -> None:
        """Free what it holds, letting others go on in between."""
        ...


class Program(Protocol[R]):
    """Something that runs can carry out, shared by all runs of a process; `R` is the engine's `Run`."""

    @property
    def settings(self) -> WorkflowSettings: ...

    @property
    def reads_variables(self) -> bool:
        """Whether anything in it may read the variables of its account and its workflow."""
        ...

    @property
    def total(self) -> int:
        """How many nodes a run of it goes through, for its progress."""
        ...

    def has_node(self, node_id: str) -> bool:
        """Tell whether rows of this node are its own: others are passed by."""
        ...

    def over_with(self, node_id: str) -> Iterable[str]:
        """Return the nodes that are over when this one is, itself among them."""
        ...

    def run_of(self, run: R) -> ProgramRun:
        """Return a run's way through it."""
        ...
