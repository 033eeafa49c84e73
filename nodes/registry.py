"""The catalogue of node types that come with the code: a line in `BUILTIN`, or another package's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from nodes.base import Armed, NodeType
from nodes.builtin import BUILTIN
from nodes.catalogue import Catalogue
from nodes.outside import outside_types


def catalogue_of(types: Iterable[type[NodeType[Any]]]) -> Catalogue:
    """Build a catalogue; its version changes when a type, a version or a param of one does."""
    instances = {(node_type.kind, node_type.version): node_type() for node_type in types}
    text = "".join(
        f"{kind}:{version}:{sorted(instances[kind, version].Params.model_fields)}"
        for kind, version in sorted(instances)
    )
    return Catalogue(instances, hashlib.sha256(text.encode()).hexdigest()[:16])


@lru_cache(maxsize=1)
def builtin_catalogue() -> Catalogue:
    return catalogue_of([*BUILTIN, *outside_types(BUILTIN)])


def armed_as(kind: str) -> Armed | None:
    """Return how triggers of a kind are put into service; None for what is no trigger, or not known."""
    found = builtin_catalogue().newest(kind)
    return None if found is None else found.armed
