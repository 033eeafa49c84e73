"""Definitions for workers: read by hash, compiled once per process."""

from __future__ import annotations

from compiler.compiler import CACHE, Compiled, compile_definition
from compiler.definition import from_body
from executor.models import Definition
from nodes.registry import builtin_catalogue


def cached(definition_hash: str, entry: str) -> Compiled | None:
    return CACHE.get((definition_hash, entry, builtin_catalogue().version))


def load(definition_hash: str, entry: str) -> Compiled:
    """Read and compile a stored definition. Raises: Definition.DoesNotExist, CompilationFailed."""
    body = Definition.objects.get(pk=definition_hash).body
    compiled, _ = compile_definition(from_body(body), builtin_catalogue(), entry=entry)
    return compiled
