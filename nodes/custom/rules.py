"""What the code of a custom node may not hold: all offences at once, with their places.

This is advice, given early and in words. The wall is the jail, where such code runs and nothing of this is relied on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

MOST_CHARACTERS = 100_000
MOST_DEPTH = 150
MOST_OFFENCES = 100
MODULES = frozenset(
    (
        "json", "re", "datetime", "zoneinfo", "math", "statistics", "random", "decimal", "fractions", "itertools",
        "functools", "collections", "dataclasses", "enum", "typing", "string", "textwrap", "hashlib", "hmac", "base64",
        "binascii", "uuid", "csv", "io", "html", "urllib", "copy", "operator", "heapq", "bisect", "calendar", "time",
        "types", "abc", "contextlib", "numbers", "secrets", "difflib", "unicodedata", "struct", "graphlib", "pprint",
        "warnings", "weakref", "__future__",
    )
)  # fmt: skip
CALLS = frozenset(
    ("eval", "exec", "compile", "open", "input", "breakpoint", "help", "exit", "quit", "__import__", "globals",
     "locals")
)  # fmt: skip
ATTRIBUTES = frozenset(
    ("__globals__", "__builtins__", "__code__", "__closure__", "__subclasses__", "__bases__", "__base__", "__mro__",
     "__import__", "__loader__", "__spec__", "__getattribute__", "__reduce__", "__reduce_ex__", "mro", "tb_frame",
     "gi_frame", "cr_frame", "ag_frame", "f_globals", "f_locals", "f_back", "f_builtins", "f_code", "co_code")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offence:
    """One thing that is not allowed, at a line and column from 1."""

    line: int
    column: int
    rule: str  # import, call, attribute, name, syntax or size
    message: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def offences_of(code: str) -> tuple[ast.Module | None, list[Offence]]:
    """Return (the syntax tree, what is not allowed in it); no tree where it cannot be read."""
    if len(code) > MOST_CHARACTERS:
        return None, [Offence(1, 1, "size", f"At most {MOST_CHARACTERS} characters.")]
    try:
        tree = ast.parse(code)
        found = sorted(_offences(tree), key=lambda one: (one.line, one.column, one.rule))
    except SyntaxError as exc:
        return None, [Offence(exc.lineno or 1, exc.offset or 1, "syntax", str(exc.msg))]
    except (RecursionError, MemoryError, ValueError):
        return None, [Offence(1, 1, "syntax", "The code cannot be read.")]
    return tree, found[:MOST_OFFENCES]


def _offences(tree: ast.Module) -> Iterator[Offence]:
    waiting: list[tuple[ast.AST, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MOST_DEPTH:
            yield _at(node, "size", "The code is nested too deep.")
            return
        yield from _of(node)
        waiting.extend((child, depth + 1) for child in ast.iter_child_nodes(node))


def _of(node: ast.AST) -> Iterator[Offence]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.partition(".")[0] not in MODULES:
                yield _at(node, "import", f"The module {alias.name!r} cannot be used here.")
    elif isinstance(node, ast.ImportFrom):
        if node.level or (node.module or "").partition(".")[0] not in MODULES:
            yield _at(node, "import", f"The module {'.' * node.level + (node.module or '')!r} cannot be used here.")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield _at(node, "call", f"{node.func.id}() cannot be used here.")
    elif isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
        yield _at(node, "attribute", f"The attribute {node.attr!r} cannot be used here.")
    elif isinstance(node, ast.Name) and node.id in ("__builtins__", "__import__", "__loader__", "__spec__"):
        yield _at(node, "name", f"The name {node.id!r} cannot be used here.")
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ATTRIBUTES:
        yield _at(node, "attribute", f"The text {node.value!r} names an attribute that cannot be used here.")


def _at(node: ast.AST, rule: str, message: str) -> Offence:
    return Offence(getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1, rule, message)
