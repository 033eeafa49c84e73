"""Which documents of a workflow count as its owner's: what an editor makes is compared with them, however it comes.

The owner's last own document is kept while others change the workflow, so that what an editor takes away he may bring
back, and what its owner took away he may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.definition import Definition, NodeSpec, read
from core.access import reach
from core.access.roles import Role
from core.json import dumps
from core.models import User
from orchestrator import selectors
from orchestrator.models import Workflow

_ID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
KEPT = ("nodes", "edges", "settings", "pinned_data", "llm")


@dataclass(frozen=True, slots=True)
class Document:
    """A graph with what is put in place of its nodes' outputs: `pinned` is `{node id: {handle: items}}`."""

    definition: Definition
    pinned: Mapping[str, Any]
    llm: Mapping[str, Any]

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Document:
        """Return the document in a workflow's fields by name. Raises: InvalidDefinition."""
        graph = {key: fields[key] for key in ("nodes", "edges", "settings")}
        return cls(read(graph), fields["pinned_data"], fields["llm"])

    def node(self, node_id: str) -> NodeSpec | None:
        return next((node for node in self.definition.nodes if node.id == node_id), None)

    def ids(self) -> set[str]:
        """Return all that looks like an id of a file in the nodes and in what is put in place of their outputs."""
        found = _ID.findall(dumps([self.definition.body["nodes"], self.pinned]))
        return {one.decode().lower() for one in found}

    def holds(self, other: Document) -> bool:
        """Tell whether another document does the same: its graph is the same, and nothing else is put in place."""
        same = self.definition.hash == other.definition.hash
        return same and (not other.pinned or other.pinned == self.pinned)


def fields_of(workflow: Workflow) -> dict[str, Any]:
    """Return the document that is compared, of a workflow as it is."""
    return {key: getattr(workflow, key) for key in KEPT}


def keep(*, actor: User, workflow: Workflow, before: Mapping[str, Any]) -> None:
    """Note on a workflow that is about to be stored what its owner's last own document is; null: as it is."""
    if reach.role_on(actor, workflow) is Role.OWNER:
        workflow.owners_document = None
    elif workflow.owners_document is None:
        workflow.owners_document = {key: before[key] for key in KEPT}


class Accepted:
    """The documents that count as the owner's: as it was, which passed before; his last own one; what is in service."""

    def __init__(self, workflow: Workflow, before: Mapping[str, Any]) -> None:
        self._workflow, self._before = workflow, before
        self._read: list[Document] = []

    def __iter__(self) -> Iterator[Document]:
        yield from self._read
        for place in range(len(self._read), 3):
            found = self._at(place)
            if found is None:
                break
            self._read.append(found)
            yield found

    def _at(self, place: int) -> Document | None:
        own = self._workflow.owners_document or self._before
        if place < 2:
            return Document.of(self._before if place == 0 else own)
        if self._workflow.deployed_version is None:
            return None
        served, _ = selectors.definition_for(self._workflow, "deployed")
        return Document(served, own["pinned_data"], own["llm"])
