"""Columns of a table: their names and types, and which values they take."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Literal, cast, get_args

from core.datastore.errors import InvalidCell, InvalidColumn, NoKey, UnknownColumn
from core.json import NotStorable, canonical, check, dumps_text
from core.values.times import parse_time

Type = Literal["text", "number", "boolean", "date", "json"]
TYPES: tuple[str, ...] = get_args(Type)
MOST_COLUMNS = 100
RESERVED = frozenset({"id", "created_at", "updated_at"})  # what stands beside the columns of a row
_NAME = re.compile(r"[^\W\d_][\w \-]{0,58}[\w\-]|[^\W\d_]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE = re.compile(r"[+-]?\d{1,19}")
_DECIMAL = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,3})?")
LEAST, MOST = -(2**63), 2**63 - 1
EXACT_IN_FLOAT = 2**53


@dataclass(frozen=True, slots=True)
class Column:
    id: str
    name: str
    type: str

    def as_record(self) -> dict[str, str]:
        return {"id": self.id, "name": self.name, "type": self.type}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one table, in order; `key` is the one whose values are unique."""

    all: tuple[Column, ...]
    key: Column | None

    @classmethod
    def of(cls, records: Iterable[Mapping[str, str]], key_id: str) -> Columns:
        found = tuple(Column(one["id"], one["name"], one["type"]) for one in records)
        return cls(found, next((one for one in found if one.id == key_id), None))

    def find(self, name: str) -> Column:
        """Return a column by its name. Raises: UnknownColumn."""
        for column in self.all:
            if column.name == name:
                return column
        known = ", ".join(column.name for column in self.all)[:300] or "none"
        raise UnknownColumn(f"There is no column {name[:60]!r}; there are: {known}", field=name[:60], column=name[:60])

    def cells(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Return values by column id as they are stored, and the ids of those that are emptied.

        Raises: UnknownColumn, InvalidCell.
        """
        kept: dict[str, Any] = {}
        emptied: list[str] = []
        for name, value in values.items():
            column = self.find(str(name))
            found = cell(column, value)
            if found is None:
                emptied.append(column.id)
            else:
                kept[column.id] = found
        return kept, emptied

    def values(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """Return stored cells by the names of their columns; what is empty is null."""
        return {column.name: _given_back(column, cells.get(column.id)) for column in self.all}

    def key_of(self, cells: Mapping[str, Any]) -> bytes | None:
        """Return the digest of a row's key, None in a table without one. Raises: NoKey."""
        if self.key is None:
            return None
        value = cells.get(self.key.id)
        if value is None:
            raise NoKey(f"Each row needs a value in {self.key.name!r}", field=self.key.name, reason="required")
        return digest(value)

    def key_for(self, value: Any) -> bytes:
        """Return the digest of a key as somebody gave it. Raises: NoKey, InvalidCell."""
        if self.key is None:
            raise NoKey("The table has no unique column", field="key")
        found = cell(self.key, value)
        if found is None:
            raise NoKey(f"A value of {self.key.name!r} is needed", field="key", reason="required")
        return digest(found)


def digest(value: Any) -> bytes:
    """Return what finds a value of the unique column: the same for a whole number however it is written."""
    is_whole = isinstance(value, float) and value.is_integer()
    return hashlib.sha256(canonical(int(value) if is_whole else value)).digest()


def named(name: str) -> str:
    """Return a column's name. Raises: InvalidColumn."""
    if not _NAME.fullmatch(name):
        message = "A column's name begins with a letter and has up to 60 letters, digits, spaces, - and _"
        raise InvalidColumn(message, field="columns")
    if name.lower() in RESERVED:
        raise InvalidColumn(f"Each row has {name!r} already", field="columns", reason="reserved")
    return name


def checked(columns: Sequence[Column]) -> None:
    """Check the columns of a table together. Raises: InvalidColumn."""
    if len(columns) > MOST_COLUMNS:
        raise InvalidColumn(f"A table has at most {MOST_COLUMNS} columns", field="columns", reason="max_length")
    names = [named(column.name).lower() for column in columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidColumn(f"Two columns are called {twice!r}", field="columns", reason="duplicate")


def _given_back(column: Column, value: Any) -> Any:
    """Return a stored value as it was given: the database writes 1e22 as a whole number of 23 digits."""
    is_large = column.type == "number" and isinstance(value, int) and not LEAST <= value <= MOST
    return float(value) if is_large else value


# -- values ----------------------------------------------------------------------------------------------------------
def cell(column: Column, value: Any) -> Any:
    """Return a value as a column keeps it; None where it is empty. Raises: InvalidCell."""
    if value is None:
        return None
    found = _READ[column.type](value)
    if found is None:
        raise _refused(column, _WANTED[column.type])
    try:
        return check(found)
    except (NotStorable, RecursionError) as exc:
        raise _refused(column, f"what can be stored: {exc}") from exc


def _refused(column: Column, wanted: str) -> InvalidCell:
    return InvalidCell(f"{column.name!r} takes {wanted}"[:500], field=column.name, column=column.name)


_WANTED = {
    "text": "text",
    "number": "a number: whole ones of up to 64 bits are exact, larger ones are kept as text",
    "boolean": "true or false",
    "date": "a date as YYYY-MM-DD, or a moment in ISO 8601",
    "json": "JSON",
}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        if _WHOLE.fullmatch(text):
            value = int(text)
        elif _DECIMAL.fullmatch(text):
            value = float(text)
            if value.is_integer() and abs(value) > EXACT_IN_FLOAT and dumps_text(value) != text:
                return None  # it would be rounded in silence; what we write of a number ourselves is that number
    if isinstance(value, int):
        return value if LEAST <= value <= MOST else None
    if not isinstance(value, float) or not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) <= EXACT_IN_FLOAT else value


def _boolean(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _date(value: Any) -> str | None:
    """Return a day as it is, a moment in UTC with milliseconds: texts that stand in order as the moments do."""
    if not isinstance(value, str):
        return None
    found = parse_time(value)
    if found is None:
        return None
    if _DAY.fullmatch(value.strip()):
        return value.strip()
    try:
        return found.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    except OverflowError:
        return None


def _json(value: Any) -> Any:
    return value


_READ = cast("Mapping[str, Any]", {
    "text": _text, "number": _number, "boolean": _boolean, "date": _date, "json": _json,
})  # fmt: skip
