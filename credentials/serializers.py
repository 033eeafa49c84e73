"""Wire forms of credentials. No serializer knows a secret value."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from credentials.models import Credential
from credentials.types import TYPES


class CredentialTypeOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    icon = serializers.CharField()
    auth_method = serializers.ChoiceField(choices=["api_key", "oauth2", "basic", "bearer", "custom"])
    fields_ = serializers.ListField(child=serializers.DictField(), source="fields")
    oauth = serializers.JSONField(allow_null=True)
    docs = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        inner = fields.pop("fields_")
        inner.source = None
        return {**fields, "fields": inner}


class RateLimit(serializers.Serializer[Any]):
    """So many uses in so many seconds."""

    max = serializers.IntegerField(min_value=1, max_value=10_000)
    per_s = serializers.FloatField(min_value=0.1, max_value=86_400)


class CredentialOutput(serializers.ModelSerializer[Credential]):
    auth_method = serializers.SerializerMethodField()
    secrets_set = serializers.SerializerMethodField()
    rate_limit = serializers.SerializerMethodField()
    data = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]

    class Meta:
        model = Credential
        fields = [
            "id",
            "name",
            "type",
            "auth_method",
            "data",
            "secrets_set",
            "verified",
            "verified_at",
            "last_used_at",
            "last_error",
            "rate_limit",
            "token_expires_at",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(RateLimit(allow_null=True))
    def get_rate_limit(self, row: Credential) -> dict[str, Any] | None:
        return {"max": row.rate_max, "per_s": row.rate_per_s} if row.rate_max is not None else None

    def get_auth_method(self, row: Credential) -> str:
        return TYPES[row.type].auth_method if row.type in TYPES else "custom"

    def get_secrets_set(self, row: Credential) -> list[str]:
        return sorted(row.sealed)


class CredentialInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    type = serializers.CharField(max_length=40)
    data = serializers.DictField(child=serializers.JSONField(allow_null=True))  # type: ignore[assignment]
    rate_limit = RateLimit(required=False, allow_null=True)


class CredentialUpdate(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    data = serializers.DictField(child=serializers.JSONField(allow_null=True), required=False)  # type: ignore[assignment]
    rate_limit = RateLimit(required=False, allow_null=True)


class UsageOutput(serializers.Serializer[Any]):
    workflow_id = serializers.UUIDField()
    node_id = serializers.CharField()
    slot = serializers.CharField()
    is_deployed = serializers.BooleanField()
