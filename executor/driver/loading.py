"""From a definition's hash to the program that runs carry out, for workers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from compiler.compiler import CACHE, compile_definition
from compiler.definition import from_body, kinds_of
from compiler.diagnostics import CompilationFailed
from core.json import loads_own
from executor.driver.graph_program import GraphProgram
from executor.models import Definition, Execution
from executor.sql.queue_sql import VALUES
from nodes.catalogues import catalogue_for
from nodes.registry import builtin_catalogue


class Unloadable(Exception):
    """A definition is gone or does not compile any more: trying again does not help."""


def cached(definition_hash: str, entry: str) -> GraphProgram | None:
    compiled = CACHE.get((definition_hash, entry, builtin_catalogue().version))
    return None if compiled is None else GraphProgram(compiled)


def values_of(execution_id: UUID) -> dict[str, Any]:
    """Return what a run was started with, where its claim left that behind. Raises: Unloadable, if it is gone."""
    values: dict[str, Any] | None = Execution.objects.filter(pk=execution_id).values(*VALUES, "input_text").first()
    if values is None:
        raise Unloadable(str(execution_id))
    text = values.pop("input_text")
    return values if text is None else {**values, "input": loads_own(text)}


def load(definition_hash: str, entry: str, owner_id: UUID) -> GraphProgram:
    """Return the compiled graph of a stored definition, with the custom nodes of its run's owner.

    Raises: Unloadable, and what a database away raises.
    """
    try:
        definition = from_body(Definition.objects.get(pk=definition_hash).body)
        catalogue = catalogue_for(owner_id, kinds_of(definition), for_running=True)
        compiled = compile_definition(definition, catalogue, entry=entry)[0]
    except (Definition.DoesNotExist, CompilationFailed, ValueError, KeyError) as exc:
        raise Unloadable(definition_hash) from exc
    _ = compiled.lowered  # built here, in a thread, not in the loop of all runs
    return GraphProgram(compiled)
