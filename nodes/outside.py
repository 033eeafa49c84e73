"""Node types of other packages: `settings.NODE_MODULES` names modules, each with a tuple `NODE_TYPES`."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from nodes.base import NodeType


def outside_types(known: Iterable[type[NodeType[Any]]]) -> list[type[NodeType[Any]]]:
    """Return the node types that this installation adds to those it knows. Raises: ImproperlyConfigured."""
    taken = {(one.kind, one.version): one.__module__ for one in known}
    found: list[type[NodeType[Any]]] = []
    for name in settings.NODE_MODULES:
        for node_type in _types_in(name):
            key = (node_type.kind, node_type.version)
            if key in taken:
                raise ImproperlyConfigured(f"HEDDLE_NODE_MODULES: {name} has a {key[0]!r}, as {taken[key]} has")
            taken[key] = name
            found.append(node_type)
    return found


def _types_in(name: str) -> Iterable[type[NodeType[Any]]]:
    try:
        types = import_module(name).NODE_TYPES
    except (ImportError, AttributeError) as exc:
        raise ImproperlyConfigured(f"HEDDLE_NODE_MODULES: {name} cannot be used: {exc}") from exc
    for one in types:
        if not (isinstance(one, type) and issubclass(one, NodeType)):
            raise ImproperlyConfigured(f"HEDDLE_NODE_MODULES: {one!r} of {name} is no node type")
    return tuple(types)
