"""Helpers: nodes that stand beside a step and fill one of its slots. They have no turn of their own.

A step says what it takes (`slots`), a helper what it gives (`gives`). Any node type can be a tool by its output `tool`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Gives = Literal["model", "memory", "tool", "parser"]
TOOL: Gives = "tool"  # the output by which a node of any type becomes a tool, too
NO_ARGUMENTS: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


@dataclass(frozen=True, slots=True)
class Slot:
    """A place at a step that helpers fill: one, or as many as there are edges to it."""

    name: str
    accepts: Gives
    many: bool = False
    required: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Helper:
    """What a step knows of a helper. What concerns tools is empty where it gives something else."""

    node_id: str
    label: str
    kind: str  # "anthropic_model", "http_tool", "set" used as a tool …
    gives: Gives
    effect: str  # pure, read or write, as its params stand in the definition
    tool_name: str = ""  # [a-z0-9_]{1,64}, unique in its slot
    tool_description: str = ""
    input_schema: Mapping[str, Any] = field(default_factory=lambda: dict(NO_ARGUMENTS))  # JSON Schema of its arguments
    is_set: bool = False  # it stands for several tools, which `NodeContext.tools` tells
    member: str = ""  # of a set: which of its tools this is, by the name that the set gave it

    @property
    def is_write(self) -> bool:
        """Whether using it changes the world or costs money."""
        return self.effect == "write"


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """One tool of a helper that stands for several; `effect` is that of this tool alone."""

    name: str
    description: str
    input_schema: Mapping[str, Any]
    effect: Literal["pure", "read", "write"] = "write"
