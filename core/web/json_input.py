"""JSON values in bodies of requests: the field of the REST framework, with our bounds."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.json import ITEM_DEPTH, MAX_DEPTH, NotStorable, check
from core.values.storable import reason_of
from core.web.shapes import Shape, Shaped


class JsonInput(serializers.JSONField):
    """Any JSON value that can be stored, nested at most `depth` levels deep."""

    def __init__(self, *, depth: int = MAX_DEPTH, **kwargs: Any) -> None:
        self.depth = depth
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return _checked(data, self.depth)


class ItemInput(serializers.DictField):
    """An item as somebody gives it: an object with `json`, and what else an item has."""

    def to_internal_value(self, data: Any) -> Any:
        return _checked(super().to_internal_value(data), ITEM_DEPTH + 1)


class ShapedInput(Shaped):
    """A JSON value of a known shape: an object, or a list where there are many; more is checked where it is used."""

    def __init__(self, shape: Shape, *, depth: int = MAX_DEPTH, **kwargs: Any) -> None:
        self.depth = depth
        super().__init__(shape, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if not self.many and not isinstance(data, dict):
            raise serializers.ValidationError("An object is needed.", code="invalid")
        return _checked(data, self.depth)


def _checked(data: Any, depth: int) -> Any:
    try:
        return check(data, depth=depth)
    except NotStorable as exc:
        raise serializers.ValidationError(f"It cannot be stored: {exc}.", code=reason_of(exc)) from exc
