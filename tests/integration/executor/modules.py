"""The modules that hold the engine's statements, found and not listed: a new one is looked at too."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType

import executor.sql


@cache
def sql_modules() -> tuple[ModuleType, ...]:
    names = sorted(found.name for found in pkgutil.iter_modules(executor.sql.__path__))
    return tuple(importlib.import_module(f"executor.sql.{name}") for name in names)
