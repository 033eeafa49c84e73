"""The Python language layer: friendly errors and a tidy namespace. It is no wall; those are in `walls`."""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import traceback
from typing import Any

from .results import NoResult, items_of, printable

FILE = "<code>"
MODULES = (
    "json", "re", "datetime", "zoneinfo", "math", "statistics", "random", "decimal", "fractions", "itertools",
    "functools", "collections", "collections.abc", "dataclasses", "enum", "typing", "string", "textwrap", "hashlib",
    "hmac", "base64", "binascii", "uuid", "csv", "io", "html", "html.parser", "urllib.parse", "copy", "operator",
    "heapq", "bisect", "calendar", "time", "types", "abc", "contextlib", "numbers", "secrets", "difflib", "unicodedata",
    "struct", "graphlib", "pprint", "warnings", "weakref", "__future__",
)  # fmt: skip
_ROOTS = frozenset(name.split(".")[0] for name in MODULES) | {"_strptime"}  # which datetime imports in our name
_GONE = (
    "open",
    "exec",
    "eval",
    "compile",
    "input",
    "breakpoint",
    "help",
    "exit",
    "quit",
    "copyright",
    "credits",
    "license",
)
_real_import = builtins.__import__
_real_compile = compile
MOST_LOG_LINES, MOST_LOG_CHARACTERS = 1000, 64 * 1024


class Logs:
    """Takes what user code prints."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._left = MOST_LOG_CHARACTERS

    def print(
        self, *values: Any, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
    ) -> None:
        if file is not None and file is not sys.stdout and file is not sys.stderr:
            file.write((sep or " ").join(map(str, values)) + ("\n" if end is None else end))
            return
        text = (" " if sep is None else sep).join(map(str, values))
        if len(self.lines) < MOST_LOG_LINES and self._left > 0:
            self.lines.append(printable(text[: self._left]))
            self._left -= len(text)


def _import(name: str, globals_: Any = None, locals_: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    if level or name.split(".")[0] not in _ROOTS:
        raise ImportError(f"The module {name!r} cannot be used here", name=name)
    return _real_import(name, globals_, locals_, fromlist, level)


def _refused(name: str) -> Any:
    def refuse(*_arguments: Any, **_keywords: Any) -> Any:
        raise PermissionError(f"{name}() cannot be used here")

    return refuse


def _builtins(logs: Logs) -> dict[str, Any]:
    made = dict(vars(builtins))
    made.update({name: _refused(name) for name in _GONE})
    made |= {"__import__": _import, "print": logs.print, "__debug__": True}
    return made


def _function(code: str) -> Any:
    """Return the code, which is the body of a function, compiled. Raises: SyntaxError."""
    tree = ast.parse(code, FILE)
    scope = "async def __code__(): pass" if _awaits(tree) else "def __code__(): pass"
    module = ast.parse(scope, FILE)
    function: Any = module.body[0]
    if tree.body:
        function.body = tree.body
    function.lineno = 0
    return _real_compile(module, FILE, "exec", dont_inherit=True)


def _awaits(tree: ast.AST) -> bool:
    """Tell whether the body itself awaits something, functions in it left out."""
    waiting = list(ast.iter_child_nodes(tree))
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def compiled(code: str) -> Any:
    """Return the code of a module. Raises: SyntaxError."""
    return _real_compile(code, FILE, "exec", dont_inherit=True)


def awaited(result: Any) -> Any:
    """Return what a call gave: of a coroutine its result, of a generator its values."""
    if inspect.iscoroutine(result):
        try:
            result.send(None)
        except StopIteration as exc:
            return exc.value
        raise RuntimeError("There is nothing here that can be awaited for long")
    return list(result) if inspect.isgenerator(result) else result


def namespace(logs: Logs, values: dict[str, Any]) -> dict[str, Any]:
    """Return the globals of user code."""
    return {"__builtins__": _builtins(logs), "__name__": "__main__", **values}


def run(request: dict[str, Any], logs: Logs, failures: list[dict[str, Any]]) -> list[Any]:
    """Run code over all items, or for each; then what an item raises is its failure. Raises whatever it raises."""
    code = _function(request["code"])
    items = request["items"]
    values = {"vars": request.get("vars") or {}, "items": items, "static": request.get("static", {})}
    if request["mode"] == "all_items":
        scope = namespace(logs, values)
        exec(code, scope)  # noqa: S102 (this is what the jail is for)
        return items_of(awaited(scope["__code__"]()))
    made: list[Any] = []
    for at, item in enumerate(items):
        scope = namespace(logs, {**values, "item": item, "item_index": at})
        try:
            exec(code, scope)  # noqa: S102 (that is what the jail is for)
            found = items_of(awaited(scope["__code__"]()))
        except MemoryError:
            raise
        except NoResult as exc:
            failures.append({"at": at, "kind": exc.kind, "type": "", "message": str(exc), "line": None})
        except Exception as exc:
            failures.append({"at": at, **problem_of(exc)})
        else:
            made += [{"pairedItem": {"item": at}, **out} for out in found]
    return made


def problem_of(exc: BaseException) -> dict[str, Any]:
    """Return the type, the message and the line in the user's code."""
    if isinstance(exc, SyntaxError) and exc.filename == FILE:
        line: int | None = exc.lineno
    else:
        lines = [frame.lineno for frame in traceback.extract_tb(exc.__traceback__) if frame.filename == FILE]
        line = lines[-1] if lines else None
    refused = isinstance(exc, PermissionError) or (isinstance(exc, ImportError) and "cannot be used here" in str(exc))
    kind = "memory" if isinstance(exc, MemoryError) else "forbidden" if refused else "error"
    try:
        message = printable(str(exc)[:2000])
    except Exception:
        message = ""
    return {"kind": kind, "type": printable(type(exc).__name__[:100]), "message": message, "line": line}
