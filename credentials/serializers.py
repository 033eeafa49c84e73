"""Wire forms of credentials. No serializer knows a secret value."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.web.fields import LineField
from core.web.json_input import JsonInput
from core.web.shapes import by_name, maybe_text, one_of, shape, text, yes_or_no
from credentials import selectors
from credentials.access import ACTIONS
from credentials.catalogue import TYPES
from credentials.models import Credential, CredentialAccess


class OAuthOutput(serializers.Serializer[Any]):
    """`configured`: this installation has a client of its own, so none must be given."""

    scopes = serializers.ListField(child=serializers.CharField())
    pkce = serializers.BooleanField()
    configured = serializers.BooleanField()


CredentialField = shape(
    "CredentialField", "A field of a credential's form; a secret one is never shown again.",
    name=text(), type=one_of("string", "select"), label=text(), required=yes_or_no(), default=maybe_text(),
    options=shape("CredentialOption", value=text(), label=text())(many=True), placeholder=text(), help=text(),
    group=one_of("main", "advanced"), show_if=by_name(allow_null=True), expression=yes_or_no(),
    language=maybe_text(), secret=yes_or_no(),
)  # fmt: skip


class CredentialTypeOutput(serializers.Serializer[Any]):
    slug = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # named as a method of DRF's
    icon = serializers.CharField()
    auth_method = serializers.ChoiceField(choices=["api_key", "oauth2", "basic", "bearer", "custom"])
    fields_ = CredentialField(many=True, source="fields")
    oauth = OAuthOutput(allow_null=True)
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
    health = serializers.SerializerMethodField()
    my_role = serializers.SerializerMethodField()
    data = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]  # named as a method of DRF's

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
            "health",
            "my_role",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(RateLimit(allow_null=True))
    def get_rate_limit(self, row: Credential) -> dict[str, Any] | None:
        return {"max": row.rate_max, "per_s": row.rate_per_s} if row.rate_max is not None else None

    @extend_schema_field(serializers.ChoiceField(choices=["ok", "unverified", "expiring", "expired", "failing"]))
    def get_health(self, row: Credential) -> str:
        return selectors.health_of(row, timezone.now())

    @extend_schema_field(serializers.ChoiceField(choices=["owner", "user"]))
    def get_my_role(self, row: Credential) -> str:
        """Tell whether it is one's own, or one that somebody lent."""
        return "user" if self.context.get("actor_id") not in (None, row.owner_id) else "owner"

    @extend_schema_field(serializers.ChoiceField(choices=["api_key", "oauth2", "basic", "bearer", "custom"]))
    def get_auth_method(self, row: Credential) -> str:
        return TYPES[row.type].auth_method if row.type in TYPES else "custom"

    def get_secrets_set(self, row: Credential) -> list[str]:
        return sorted(row.sealed)


class CredentialInput(serializers.Serializer[Any]):
    name = LineField(max_length=120)
    type = serializers.CharField(max_length=40)
    data = serializers.DictField(child=JsonInput(allow_null=True))  # type: ignore[assignment]  # named as a method of DRF's
    rate_limit = RateLimit(required=False, allow_null=True)


class CredentialUpdate(serializers.Serializer[Any]):
    name = LineField(max_length=120, required=False)
    data = serializers.DictField(child=JsonInput(allow_null=True), required=False)  # type: ignore[assignment]  # named as a method of DRF's
    rate_limit = RateLimit(required=False, allow_null=True)


class UsageOutput(serializers.Serializer[Any]):
    workflow_id = serializers.UUIDField()
    node_id = serializers.CharField()
    slot = serializers.CharField()
    is_deployed = serializers.BooleanField()


class VerifiedOutput(serializers.Serializer[Any]):
    verified = serializers.BooleanField()
    message = serializers.CharField()
    checked_at = serializers.DateTimeField()


class ShareInput(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)


class ShareOutput(serializers.Serializer[Any]):
    user_id = serializers.UUIDField()
    email = serializers.CharField()
    created_at = serializers.DateTimeField()


class AccessOutput(serializers.ModelSerializer[CredentialAccess]):
    action = serializers.ChoiceField(choices=ACTIONS)

    class Meta:
        model = CredentialAccess
        fields = [
            "id", "at", "action", "credential_id", "credential_name", "user_id", "workflow_id", "execution_id", "ip",
            "times", "last_at",
        ]  # fmt: skip


class OAuthStartInput(serializers.Serializer[Any]):
    type = serializers.CharField(max_length=40)
    name = LineField(max_length=120, required=False, default="")
    credential_id = serializers.UUIDField(required=False, allow_null=True)
    scopes = serializers.ListField(child=serializers.RegexField(r"^[\x21\x23-\x5b\x5d-\x7e]{1,200}$"), max_length=100,
                                   required=False)  # fmt: skip
    return_to = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class OAuthStartOutput(serializers.Serializer[Any]):
    authorization_url = serializers.CharField()
    state = serializers.CharField()
    expires_at = serializers.DateTimeField()
