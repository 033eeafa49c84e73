"""Wire forms of node types, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class NodeTypeOutput(serializers.Serializer[Any]):
    kind = serializers.CharField()
    version = serializers.IntegerField()
    category = serializers.CharField()
    description = serializers.CharField()
    icon = serializers.CharField()
    color = serializers.CharField()
    is_trigger = serializers.BooleanField()
    is_custom = serializers.BooleanField()
    per_item = serializers.BooleanField()
    effect = serializers.ChoiceField(choices=["pure", "read", "write"])
    default_timeout_s = serializers.FloatField()
    inputs = serializers.ListField(child=serializers.DictField())
    outputs = serializers.ListField(child=serializers.DictField())
    output_fields = serializers.ListField(child=serializers.DictField())
    params_schema = serializers.DictField()
    credentials = serializers.ListField(child=serializers.DictField())
    dynamic_outputs = serializers.DictField(allow_null=True)
    summary = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    docs = serializers.CharField()
    deprecated = serializers.BooleanField()

    def get_fields(self) -> dict[str, Any]:
        """Add the names that a serializer keeps for itself."""
        extra = {"label": serializers.CharField(), "fields": serializers.ListField(child=serializers.DictField())}
        return {**super().get_fields(), **extra}


class CategoryOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    color = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "label": serializers.CharField()}


class CategoriesOutput(serializers.Serializer[Any]):
    results = CategoryOutput(many=True)
