"""Fields of tables that hold JSON: as the database's own, or packed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from psycopg.types.json import Jsonb

from core.database.compression import pack, unpack
from core.json import dumps, loads_own
from core.json.key_order import as_written, is_in_stored_order, noted

AS_WRITTEN = "params_as_written"


class JsonField(models.JSONField):
    """A JSON value the database can look into, written and read by our encoder. Raises: NotStorable."""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs  # in the database it is the same

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        ready = super().get_db_prep_value(value, connection, prepared)
        return Jsonb(ready.obj, dumps=dumps) if isinstance(ready, Jsonb) else ready

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        try:
            return loads_own(value) if isinstance(value, str) else value
        except ValueError:  # the text of a key
            return value


class OrderedJsonField(JsonField):
    """A JSON value whose objects keep the order of their keys: what people wrote is shown as they wrote it."""

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return super().get_db_prep_save(noted(value), connection)  # what is looked for stays as it is

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return as_written(super().from_db_value(value, expression, connection))


class NodesField(JsonField):
    """A graph: its nodes, or an object that holds them. The params of each node keep the order of their keys.

    Where the database would change it, their JSON stands beside them as text. A process of an earlier release passes
    that over; where it changed the params since, they are not what the text says, and count.
    """

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(_with_nodes(value, _noted), connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return _with_nodes(super().from_db_value(value, expression, connection), _in_order)


def _with_nodes(graph: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    nodes = graph.get("nodes") if isinstance(graph, dict) else graph
    if not isinstance(nodes, list):
        return graph
    changed = [change(node) if isinstance(node, dict) else node for node in nodes]
    return {**graph, "nodes": changed} if isinstance(graph, dict) else changed


def _noted(node: dict[str, Any]) -> dict[str, Any]:
    params = _holder(node).get("params")
    known = {name: value for name, value in node.items() if name != AS_WRITTEN}
    return known if is_in_stored_order(params) else {**known, AS_WRITTEN: dumps(params).decode()}


def _in_order(node: dict[str, Any]) -> dict[str, Any]:
    text = node.get(AS_WRITTEN)
    if not isinstance(text, str):
        return node
    known = {name: value for name, value in node.items() if name != AS_WRITTEN}
    holder = _holder(known)
    try:
        written = loads_own(text)
    except ValueError:
        return known
    if written != holder.get("params"):
        return known
    ordered = {**holder, "params": written}
    return ordered if holder is known else {**known, "data": ordered}


def _holder(node: dict[str, Any]) -> dict[str, Any]:
    """Return what holds a node's params: its `data` as the editor has it, itself in a body."""
    data = node.get("data")
    return data if isinstance(data, dict) else node


class PackedJSONField(models.BinaryField):  # type: ignore[type-arg]  # generic for the type checker only
    """A JSON value, stored packed. The database cannot look into it; what is searched for gets a column."""

    def from_db_value(self, value: bytes | None, expression: Any, connection: Any) -> Any:
        return None if value is None else loads_own(unpack(value))

    def get_prep_value(self, value: Any) -> bytes | None:
        return None if value is None else pack(dumps(value))

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return dumps(self.value_from_object(obj)).decode()
