"""What a file came to: the fields of a workflow, and a report of what was and was not understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from core.errors import Unprocessable

MOST_LISTED = 500


class ImportUnreadable(Unprocessable):
    """A file that is none of the formats we read, or is not whole."""

    code = "import_unreadable"


@dataclass(slots=True)
class Imported:
    source: str
    fields: dict[str, Any]
    nodes_mapped: int = 0
    placeholders: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    untranslated: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    expressions_total: int = 0
    credentials_needed: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    warnings: list[str] = field(default_factory=list[str])

    def report(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "nodes_total": len(self.fields["nodes"]),
            "nodes_mapped": self.nodes_mapped,
            "placeholders": self.placeholders,
            "expressions_total": self.expressions_total,
            "expressions_untranslated": self.untranslated[:MOST_LISTED],
            "credentials_needed": self.credentials_needed,
            "warnings": self.warnings[:MOST_LISTED],
        }


def texts_in(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of a JSON value, with its path."""
    waiting = [(path, value)]
    while waiting:
        at, inner = waiting.pop()
        if isinstance(inner, str):
            yield at, inner
        elif isinstance(inner, dict):
            waiting.extend((f"{at}.{key}" if at else str(key), one) for key, one in inner.items())
        elif isinstance(inner, list):
            waiting.extend((f"{at}.{number}", one) for number, one in enumerate(inner))


def refuse_prototypes(value: Any) -> None:
    """Raises: ImportUnreadable where a key would mean something else to JavaScript."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            found = next((key for key in ("__proto__", "constructor", "prototype") if key in inner), None)
            if found:
                raise ImportUnreadable(f"The file has a key {found!r}, which no workflow needs")
            waiting.extend(inner.values())
        elif isinstance(inner, list):
            waiting.extend(inner)
