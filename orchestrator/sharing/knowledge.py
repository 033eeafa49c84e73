"""Which documents an editor may make a workflow search or add to: runs do both in its owner's name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compiler.definition import Definition, NodeSpec
from core.errors import Forbidden
from nodes.handlers.ai.knowledge.searching import WhereParams
from nodes.registry import builtin_catalogue
from orchestrator.sharing.accepted import Document

ADDS = "document_add"
FOR_EVERYBODY = "platform"


class DocumentsGuarded(Forbidden):
    """It would search or add to documents of the owner's that the node has not used so far."""

    code = "documents_guarded"


def documents_of(node: NodeSpec) -> tuple[Any, ...] | None:
    """Return which of its owner's documents a node uses, as its params say; None for none of them."""
    if node.type == ADDS:
        return (ADDS,)
    node_type = builtin_catalogue().find(node.type, node.data.version)
    if node_type is None or not issubclass(node_type.Params, WhereParams):
        return None
    params = node.data.params
    level = params.get("level") or "library"
    return None if level == FOR_EVERYBODY else (level, params.get("document_id") or "", params.get("tags") or [])


def check_documents(accepted: Iterable[Document], new: Definition) -> None:
    """Refuse documents of the owner's in nodes that did not use them before. Raises: DocumentsGuarded."""
    for node in new.nodes:
        used = documents_of(node)
        if used is None or any(_stood(old, node, used) for old in accepted):
            continue
        message = f"{node.data.label or node.id} would use documents that are not yours to choose"
        raise DocumentsGuarded(message, node_ids=[node.id])


def _stood(old: Document, node: NodeSpec, used: tuple[Any, ...]) -> bool:
    was = old.node(node.id)
    return was is not None and was.type == node.type and documents_of(was) == used
