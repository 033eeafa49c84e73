"""The node types that there are, as the compiler and the engine are given them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from nodes.base import NodeType


@dataclass(slots=True)
class Catalogue:
    """Node types by kind and version, as the compiler and the engine use them."""

    types: Mapping[tuple[str, int], NodeType[Any]]
    version: str
    _newest: dict[str, int] = field(default_factory=lambda: cast("dict[str, int]", {}))

    def __post_init__(self) -> None:
        for kind, version in self.types:
            self._newest[kind] = max(version, self._newest.get(kind, 0))

    def find(self, kind: str, version: int = 1) -> NodeType[Any] | None:
        return self.types.get((kind, version))

    def newest(self, kind: str) -> NodeType[Any] | None:
        return self.find(kind, self._newest.get(kind, 0))

    def kinds(self) -> list[str]:
        return sorted(self._newest)
