"""Wire forms of node types and custom nodes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.web.shapes import Shaped, any_json, maybe_text, one_of, shape, text, texts, whole, yes_or_no
from nodes import services
from nodes.catalogues import type_of
from nodes.models import CustomNode, CustomNodeVersion
from nodes.presentation import fields_of, schema_of

FIELD_TYPES = ("string", "number", "boolean", "select", "multi_select", "json", "code", "credential", "file")
Option = shape("FieldOption", value=any_json(allow_null=True), label=text())
ShowIf = shape("ShowIf", "A field is shown where another one has one of these values.",
               field=text(), in_=serializers.ListField(child=serializers.JSONField(allow_null=True)))  # fmt: skip
NodeField = shape(
    "NodeField", "A field of a form.",
    name=text(), type=text(help_text=f"One of {', '.join(FIELD_TYPES)}; others may follow"), label=text(),
    required=yes_or_no(), default=any_json(allow_null=True), options=Option(many=True), placeholder=text(),
    help=text(), group=one_of("main", "advanced"), show_if=ShowIf(allow_null=True), expression=yes_or_no(),
    language=maybe_text(),
)  # fmt: skip
Input = shape("NodeInput", name=text(), label=text(), accepts=text(), multiple=yes_or_no(), required=yes_or_no())
Output = shape("NodeOutput", name=text(), label=text(), gives=text(), is_error=yes_or_no())
OutputField = shape("OutputField", name=text(), type=text())
CredentialSlot = shape("CredentialSlot", slot=text(), types=texts(), required=yes_or_no())
DynamicOutputs = shape(
    "DynamicOutputs", "The param that makes handles, and the name in each of its entries; `when` limits it.",
    param=text(), name_field=text(required=False), when=ShowIf(required=False),
)  # fmt: skip
DynamicInputs = shape(
    "DynamicInputs", "The param that says how many inputs there are: `prefix` and a number from 1.",
    param=text(), prefix=text(), default=whole(), min=whole(), max=whole(),
)  # fmt: skip


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
    inputs = Input(many=True)
    outputs = Output(many=True)
    output_fields = OutputField(many=True)
    params_schema = serializers.DictField()
    credentials = CredentialSlot(many=True)
    dynamic_outputs = DynamicOutputs(allow_null=True)
    dynamic_inputs = DynamicInputs(allow_null=True)
    loop_handle = serializers.CharField(allow_null=True)
    summary = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    docs = serializers.CharField()
    deprecated = serializers.BooleanField()

    def get_fields(self) -> dict[str, Any]:
        """Add the names that a serializer keeps for itself."""
        extra = {"label": serializers.CharField(), "fields": NodeField(many=True)}
        return {**super().get_fields(), **extra}


class CategoryOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    color = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "label": serializers.CharField()}


class CategoriesOutput(serializers.Serializer[Any]):
    results = CategoryOutput(many=True)


# -- custom nodes ------------------------------------------------------------------------------------------------------
class CustomNodeInput(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=200_000, trim_whitespace=False)
    is_public = serializers.BooleanField(default=False)
    description = serializers.CharField(max_length=2000, allow_blank=True, default="")

    def validate_code(self, value: str) -> str:
        if "\x00" in value:
            raise serializers.ValidationError("Null characters are not allowed.")
        return value


class ReviewInput(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=["approve", "reject"])
    reason = serializers.CharField(max_length=1000, allow_blank=True, required=False)


class TestLine(serializers.Serializer[Any]):
    name = serializers.CharField()
    passed = serializers.BooleanField()
    message = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)


class CustomNodeOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    node_type = serializers.CharField()
    category = serializers.CharField()
    description = serializers.CharField()
    code = serializers.CharField()
    input_schema = serializers.DictField()
    output_schema = serializers.DictField()
    status = serializers.ChoiceField(choices=CustomNode.Status.choices)
    is_validated = serializers.BooleanField()
    is_public = serializers.BooleanField()
    version = serializers.IntegerField()
    reject_reason = serializers.CharField(allow_null=True)
    test_report = TestLine(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_fields(self) -> dict[str, Any]:
        """Add the name that a serializer keeps for itself."""
        return {**super().get_fields(), "fields": Shaped(NodeField, many=True)}


def custom_node_shown(node: CustomNode, version: CustomNodeVersion | None = None) -> dict[str, Any]:
    """Return the wire form of a custom node, in its newest version."""
    version = version or services.newest(node)
    said = version.declaration
    schema = schema_of(type_of(version).Params)
    schema.setdefault("properties", {})
    plain = {
        "id": node.pk, "name": version.name, "node_type": node.node_type, "category": version.category,
        "description": node.description or said["description"], "code": version.code, "fields": fields_of(schema),
        "input_schema": said["input_schema"] or schema, "output_schema": said["output_schema"], "status": node.status,
        "is_validated": version.is_validated, "is_public": node.is_public, "version": node.version,
        "reject_reason": node.reject_reason, "test_report": version.test_report, "created_at": node.created_at,
        "updated_at": node.updated_at,
    }  # fmt: skip
    return dict(CustomNodeOutput(plain).data)
