"""What the compiler finds wrong, or suspicious, in a definition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.errors import Invalid, Unprocessable


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding on a node, an edge or the whole; `field` is a path in the node's `data`."""

    code: str
    message: str
    node_id: str | None = None
    field: str | None = None
    edge_id: str | None = None
    related: tuple[str, ...] = ()
    severity: Literal["error", "warning"] = "error"

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "related": list(self.related)}


def in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(
        sorted(found, key=lambda d: (d.severity, d.node_id or "", d.field or "", d.code, d.edge_id or "", d.message))
    )


class InvalidDefinition(Invalid):
    """JSON that cannot be read as a graph."""

    code = "invalid_definition"


class CompilationFailed(Unprocessable):
    """A graph that cannot run; holds every problem at once."""

    code = "compilation_failed"

    def __init__(self, message: str, *, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(message, diagnostics=[entry.as_dict() for entry in self.diagnostics])
