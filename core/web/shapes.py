"""What JSON of a stored column or a body looks like, named for the OpenAPI document; values pass as they are."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from rest_framework import serializers

Shape = type[serializers.Serializer[Any]]


def shape(name: str, doc: str = "", /, **fields: Any) -> Shape:
    """Return a component of the OpenAPI document. Its names may be those that a serializer keeps for itself."""
    named = {key.removesuffix("_") if key.endswith("_") else key: field for key, field in fields.items()}
    # Copies, as each serializer binds its fields to itself.
    return type(name, (serializers.Serializer,), {"__doc__": doc or None, "get_fields": lambda _: deepcopy(named)})


class Shaped(serializers.JSONField):
    """A JSON value that is shown as it is: one `shape`, a list of it, or either by key, `keyed` levels deep."""

    def __init__(self, shape: Shape, *, many: bool = False, keyed: int = 0, **kwargs: Any) -> None:
        self.shape, self.many, self.keyed = shape, many, keyed
        super().__init__(**kwargs)


def texts(**kwargs: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), **kwargs)


def any_json(**kwargs: Any) -> serializers.JSONField:
    return serializers.JSONField(**kwargs)


def text(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(**kwargs)


def maybe_text(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(allow_null=True, **kwargs)


def whole(**kwargs: Any) -> serializers.IntegerField:
    return serializers.IntegerField(**kwargs)


def number(**kwargs: Any) -> serializers.FloatField:
    return serializers.FloatField(**kwargs)


def yes_or_no(**kwargs: Any) -> serializers.BooleanField:
    return serializers.BooleanField(**kwargs)


def moment(**kwargs: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(**kwargs)


def one_of(*choices: str, **kwargs: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=list(choices), **kwargs)


def by_name(child: Any = None, **kwargs: Any) -> serializers.DictField:
    """Return an object with free names, whose values are all like `child`."""
    return serializers.DictField(child=child or serializers.JSONField(allow_null=True), **kwargs)
