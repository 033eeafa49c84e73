"""Where a step stands: `<path>/<node>@<item>.<name>`, under the node whose step it is."""

from __future__ import annotations

import re
from contextvars import ContextVar

IN_STEP: ContextVar[str] = ContextVar("heddle_in_step", default="")  # the path of the step whose work this is; "": none
NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
KIND = "step."  # before the kind of a step in a row's `kind`: node types have no such kinds


def path_of(path: str, node_id: str, at: int, name: str) -> str:
    """Return the path of a step. Raises: ValueError for a name that is none."""
    if not NAME.fullmatch(name):
        raise ValueError(f"A step is named with letters, digits, '_', '.' and '-', at most 100 of them: {name!r}")
    return f"{under(path, node_id)}{at}.{name}"


def under(path: str, node_id: str) -> str:
    """Return what the paths of all steps of a node run begin with."""
    return f"{path}/{node_id}@" if path else f"{node_id}@"


def home_of(path: str, node_id: str) -> str:
    """Return the path of the node run that a step belongs to, whatever its id holds."""
    return path.rpartition("@")[0].removesuffix(node_id).removesuffix("/")


def is_step(kind: str) -> bool:
    """Tell whether a row is a step's, by its kind."""
    return kind.startswith(KIND)
