"""Conversations for nodes: read and kept in the name of the run's workflow, each turn once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.datastore import conversations
from core.datastore.conversations import Place
from executor.node.providing import Caller, Provider, Services
from executor.node.state_and_tables import Keeping, keeping
from nodes.abilities import Remembered, SummedUp


def provider(services: Services) -> Provider:
    """Return what gives nodes the conversations of their workflow."""
    return Provider(lambda caller: NodeConversations(keeping(services, caller), caller))


@dataclass(frozen=True, slots=True)
class NodeConversations:
    keeping: Keeping
    caller: Caller

    def _place(self, key: str) -> Place:
        at = self.keeping
        return Place(at.owner_id, at.workflow_id or at.execution_id, key)

    async def read(self, key: str) -> Remembered:
        at = self.keeping
        found: conversations.Found = await at.unless_busy(lambda: at.in_database(conversations.read, self._place(key)))
        return Remembered(found.turns, found.summary, found.unsummed)

    async def add(self, key: str, messages: Sequence[Mapping[str, Any]], summed_up: SummedUp | None = None) -> None:
        at = self.keeping
        at.before_effect()
        summary = None if summed_up is None else (summed_up.text, summed_up.up_to)
        place, once = self._place(key), at.once(f"conversation:{key}")
        await at.unless_busy(lambda: at.in_database(conversations.add, place, messages, summary, once))
