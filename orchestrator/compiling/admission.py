"""Compiling in processes that serve or start runs: what everything here goes through that compiles a definition.

A small definition is compiled at once, and so is one that was looked through lately: a start of what runs already
waits for nobody. Else it takes one of a few places, of which an owner holds at most half: so that large workflows of
some leave the process to the others. In a transaction nobody waits for one, as others would wait behind its rows:
`atomic` ends it, waits, and begins anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import connection, transaction

from compiler import compiler
from compiler.compiler import Compiled
from compiler.definition import Definition, read
from compiler.diagnostics import Diagnostic
from compiler.graph import Graph, Tables
from core.errors import RateLimited
from core.fairness.blocking_places import BlockingPlaces
from core.values.size import json_size
from nodes.catalogue import Catalogue
from orchestrator import selectors

SMALL_BYTES = 64 * 1024  # of all that one call compiles: some ten milliseconds
LOOP_HANDLE, FEW_LOOPS = "loop", 8
PREVIEW_WAIT_S = 1.0  # a thread of requests is held meanwhile
START_WAIT_S = 5.0  # for what is to run, not only to be looked at
PLACES = BlockingPlaces(2)
Given = ParamSpec("Given")
Made = TypeVar("Made")


class TooManyCompilations(RateLimited):
    retry_in_s = 5

    def __init__(self) -> None:
        super().__init__("Too many large workflows are compiled at once", scope="compilations")


class PlaceNeeded(TooManyCompilations):
    """In a transaction, in which nobody waits, no place was free for this owner."""

    def __init__(self, owner: Hashable) -> None:
        super().__init__()
        self.owner = owner


class _Turn:
    """What one call compiles, together: it takes one place once that is much."""

    def __init__(self, owner: Hashable, wait_s: float) -> None:
        self.depth = 0
        self._owner, self._wait_s = owner, wait_s
        self._bytes = 0
        self._has_place = False

    def before(self, definition: Definition, catalogue: Catalogue) -> None:
        """Let one more be compiled. Raises: TooManyCompilations where no place is free for long."""
        if not self._has_place and not compiler.is_known(definition, catalogue):
            self.count(_weight(definition))

    def count(self, size: int) -> None:
        """Let so many bytes be worked on. Raises: TooManyCompilations where no place is free for long."""
        self._bytes += size
        if self._bytes > SMALL_BYTES:
            self.take_place()

    def take_place(self) -> None:
        """Take a place, if it has none. Raises: TooManyCompilations where none is free for long."""
        if self._has_place:
            return
        may_wait = not connection.in_atomic_block
        if not PLACES.take(self._owner, self._wait_s if may_wait else 0.0):
            raise TooManyCompilations if may_wait else PlaceNeeded(self._owner)
        self._has_place = True

    def leave(self) -> None:
        if self._has_place:
            PLACES.give_back(self._owner)


class _Turns(threading.local):
    turn: _Turn | None = None


_turns = _Turns()


@contextmanager
def one_turn(owner: Hashable, *, wait_s: float | None = None) -> Generator[_Turn, None, None]:
    """Count all that this thread compiles meanwhile as one; a turn within another is the outer one's."""
    outer = _turns.turn
    if outer is not None:
        yield outer
        return
    turn = _turns.turn = _Turn(owner, START_WAIT_S if wait_s is None else wait_s)
    try:
        yield turn
    finally:
        _turns.turn = None
        turn.leave()


def atomic(work: Callable[Given, Made]) -> Callable[Given, Made]:
    """Wrap what compiles and writes in one transaction; it may be begun twice, so it changes nothing but rows.

    Where it needs a place that is not free, it is rolled back, waits with no row locked, and begins anew with a place.
    """

    @wraps(work)
    def done(*arguments: Given.args, **keywords: Given.kwargs) -> Made:
        is_inner = connection.in_atomic_block
        try:
            with transaction.atomic():
                return work(*arguments, **keywords)
        except PlaceNeeded as needed:
            if is_inner:
                raise
            owner = needed.owner
        with one_turn(owner) as turn:
            turn.take_place()
            with transaction.atomic():
                return work(*arguments, **keywords)

    return done


def _weight(definition: Definition) -> int:
    """Return how much there is to compile, in bytes of JSON: what lies in loops is looked through once for each."""
    rounds = sum(edge.sourceHandle == LOOP_HANDLE for edge in definition.edges)
    size = json_size(definition.body, SMALL_BYTES)
    return size if rounds <= FEW_LOOPS else size * rounds


def read_posted(owner_id: UUID, document: Any) -> Definition:
    """Read what somebody sent as a definition. Raises: InvalidDefinition, TooManyCompilations."""
    with one_turn(owner_id) as turn:
        turn.count(json_size(document, SMALL_BYTES))
        return read(document)


def compiled(
    owner_id: UUID, definition: Definition, tables: Tables | None = None, *, entry: str | None = None
) -> tuple[Compiled, bool]:
    """Return (compiled for one entry, whether it was known). Raises: CompilationFailed, TooManyCompilations."""
    with one_turn(owner_id) as turn:
        catalogue = selectors.catalogue_of(owner_id, definition)
        turn.before(definition, catalogue)
        return compiler.compile_definition(definition, catalogue, entry=entry, tables=tables)


def checked(owner_id: UUID, definition: Definition, tables: Tables) -> Graph:
    """Return the checked graph. Raises: CompilationFailed, TooManyCompilations."""
    with one_turn(owner_id) as turn:
        catalogue = selectors.catalogue_of(owner_id, definition)
        turn.before(definition, catalogue)
        return compiler.check_definition(definition, catalogue, tables)


def validated(owner_id: UUID, definition: Definition, tables: Tables | None = None) -> tuple[Diagnostic, ...]:
    """Return every finding. Raises: TooManyCompilations."""
    with one_turn(owner_id) as turn:
        catalogue = selectors.catalogue_of(owner_id, definition)
        turn.before(definition, catalogue)
        return compiler.validate(definition, catalogue, tables)


def drawn(owner_id: UUID, definition: Definition) -> dict[str, Any]:
    """Return the drawing of a compiled graph, which is made anew each time. Raises: as `compiled`."""
    with one_turn(owner_id) as turn:
        catalogue = selectors.catalogue_of(owner_id, definition)
        turn.count(_weight(definition))
        return compiler.draw(definition, catalogue)
