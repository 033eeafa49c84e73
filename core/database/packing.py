"""Fields of tables that hold JSON: as the database's own, or packed."""

from __future__ import annotations

from typing import Any

from django.db import models
from psycopg.types.json import Jsonb

from core.database.compression import pack, unpack
from core.json import dumps, loads_own


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
