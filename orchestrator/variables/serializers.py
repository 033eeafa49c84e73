"""Wire forms of variables."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.access import reach
from core.access.roles import Role
from core.web.json_input import JsonInput
from credentials.models import Variable


class VariableInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60, help_text="As expressions read it: `$vars.name`")
    value = JsonInput(allow_null=True)
    is_secret = serializers.BooleanField(default=False, help_text="Sealed: text that nobody is shown again")
    workflow_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Whose own it is; without one all your workflows read it"
    )


class VariableUpdate(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60, required=False)
    value = JsonInput(allow_null=True, required=False)
    is_secret = serializers.BooleanField(required=False, help_text="What is secret stays so")


class VariableOutput(serializers.ModelSerializer[Variable]):
    """A variable. The value of a secret one is null, whoever asks."""

    value = serializers.JSONField(allow_null=True)
    is_secret = serializers.SerializerMethodField()
    my_role = serializers.SerializerMethodField()

    class Meta:
        model = Variable
        fields = ["id", "name", "value", "is_secret", "workflow_id", "my_role", "created_at", "updated_at"]

    def get_is_secret(self, variable: Variable) -> bool:
        return variable.sealed is not None

    @extend_schema_field(serializers.ChoiceField(choices=[role.value for role in Role]))
    def get_my_role(self, variable: Variable) -> str:
        return reach.role_shown(variable, self.context.get("roles"), workflow="workflow_id")
