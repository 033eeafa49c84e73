"""Objects of a body that take no other names than those that mean something: a name that was misspelled is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from rest_framework import serializers

MOST_TOLD = 20


def unknown_name(name: str, known: Iterable[str]) -> str:
    """Return what is said of a name that means nothing, with the nearest one that does."""
    near = get_close_matches(name[:100], list(known), n=1)
    return f"There is no field {name[:100]!r}." + (f" Did you mean {near[0]!r}?" if near else "")


class KnownNames(serializers.Serializer[Any]):
    """An object whose names are all known. Raises: ValidationError with the code `unknown` for others."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        given: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        unknown = [str(name) for name in given if name not in self.fields][:MOST_TOLD]
        if unknown:
            told = {name[:100]: [unknown_name(name, self.fields)] for name in unknown}
            raise serializers.ValidationError(told, code="unknown")
        return value
