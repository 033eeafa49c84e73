"""How methods are registered: `(scope, value, arguments) -> value`, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compiler.expressions.scope import Scope
from compiler.expressions.values import UNDEFINED

Method = Callable[[Scope, Any, list[Any]], Any]
EXTENSIONS: set[str] = set()  # names of n8n's own methods: on a wrong type they fail the node


class Methods(dict[str, Method]):
    """A table that fills itself by decoration."""

    def native(self, *names: str) -> Callable[[Method], Method]:
        def add(method: Method) -> Method:
            for name in names:
                self[name] = method
            return method

        return add

    def extension(self, *names: str) -> Callable[[Method], Method]:
        EXTENSIONS.update(names)
        return self.native(*names)


def argument(arguments: list[Any], at: int, default: Any = UNDEFINED) -> Any:
    """Return an argument, or the default where it is absent or undefined."""
    if at < len(arguments) and arguments[at] is not UNDEFINED:
        return arguments[at]
    return default
