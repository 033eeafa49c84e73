"""Files of workflows as texts, each written so that it can be read here again.

YAML is JSON written otherwise: with no aliases, which multiply, no tags, and no values but those JSON has. Reading it
takes some two seconds a megabyte. What is larger is written in YAML's flow style, which is JSON and read at once.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

import yaml

from core.json import WHOLE_DEPTH, NotStorable, check, dumps, dumps_text
from orchestrator.workflows.imported_file import ImportUnreadable

MOST_CHARS = 2 * 1024 * 1024
# In C, where PyYAML was built with it: ten times as fast. Neither makes anything but plain values.
_SAFE_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SAFE_DUMPER: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_BEGIN = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_END = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


_SCALARS = (  # what YAML itself knows besides is text here: 1:30 is no number, and `no` is Norway
    ("tag:yaml.org,2002:null", re.compile(r"(?:null|~|)\Z"), ["n", "~", ""]),
    ("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), ["t", "f"]),
    ("tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]*)\Z", re.ASCII), list("-0123456789")),
    (
        "tag:yaml.org,2002:float",
        re.compile(r"-?(?:0|[1-9][0-9]*)(?=[.eE])(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z", re.ASCII),
        list("-0123456789"),
    ),
)


class _Loader(_SAFE_LOADER):
    """Reads plain scalars as JSON does: the rest is text."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_yaml_float(self, node: Any) -> float:
        value = float(self.construct_scalar(node))
        if not isfinite(value):
            raise ValueError("a number is too large")
        return value


class _Dumper(_SAFE_DUMPER):
    """Puts quotes around each text that the loader here, or another program's, would read as something else."""


for _tag, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(_tag, _pattern, _first)
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)


def read_yaml(text: str) -> Any:
    """Return what a text of YAML holds. Raises: ImportUnreadable."""
    if len(text) > MOST_CHARS:
        raise ImportUnreadable(f"A file of YAML may have {MOST_CHARS:,} characters")
    try:
        _look_through(text)
        return check(yaml.load(text, Loader=_Loader), depth=WHOLE_DEPTH)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, RecursionError, ValueError, NotStorable, TypeError) as exc:
        raise ImportUnreadable(f"The file is neither JSON nor YAML: {str(exc)[:300]}") from exc


def _look_through(text: str) -> None:
    """Refuse what would multiply or go deep before anything is made of it. Raises: ImportUnreadable, YAMLError."""
    depth = 0
    for event in yaml.parse(text, Loader=_SAFE_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise ImportUnreadable("The file uses aliases of YAML, which are not read")
        if getattr(event, "tag", None) is not None:
            raise ImportUnreadable("The file uses tags of YAML, which are not read")
        depth += isinstance(event, _BEGIN) - isinstance(event, _END)
        if depth > WHOLE_DEPTH:
            raise ImportUnreadable(f"The file is nested deeper than {WHOLE_DEPTH}")


def write_json(file: dict[str, Any]) -> str:
    """Write a file as people read it, or without margins where these would be most of it."""
    if len(dumps(file)) <= MOST_CHARS:
        written = dumps_text(file, indent=2)
        if len(written) <= 2 * MOST_CHARS:
            return written
    return dumps_text(file)


def write_yaml(file: dict[str, Any]) -> str:
    """Write a file that `read_yaml` reads, or that is JSON, where YAML's own style would take too much."""
    if len(dumps(file)) <= MOST_CHARS:  # YAML is never much shorter
        written = str(yaml.dump(file, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))
        if len(written) <= MOST_CHARS:
            return written
    return dumps_text(file)
