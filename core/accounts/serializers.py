"""Wire forms of people, keys and files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers

from core.accounts.scopes import SCOPES
from core.models import ApiKey, BlockedIp, Notifications, User
from core.values.times import zone
from core.web.fields import LineField

NO_CONTENT = OpenApiResponse(description="Done")


class ModelDefault(serializers.Serializer[Any]):
    """The model that is asked where no step and no workflow names one."""

    provider = serializers.CharField(max_length=40, allow_null=True, default=None)
    model = serializers.CharField(max_length=200, allow_null=True, default=None)
    credential_id = serializers.UUIDField(allow_null=True, default=None)

    def validate_credential_id(self, value: Any) -> str | None:
        return None if value is None else str(value)


class SpendingLimits(serializers.Serializer[Any]):
    """What one's runs may spend on models in a day and in a month, in US dollars."""

    day_usd = serializers.DecimalField(
        20, 6, min_value=Decimal(0), allow_null=True, default=None, normalize_output=True
    )
    month_usd = serializers.DecimalField(
        20, 6, min_value=Decimal(0), allow_null=True, default=None, normalize_output=True
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {name: None if value is None else str(value) for name, value in attrs.items()}


class UserOutput(serializers.ModelSerializer[User]):
    last_login_at = serializers.DateTimeField(source="last_login", allow_null=True)
    llm = ModelDefault(allow_null=True)
    budget = SpendingLimits(allow_null=True)

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "name",
            "timezone",
            "tier",
            "is_staff",
            "is_active",
            "credits",
            "created_at",
            "last_login_at",
            "llm",
            "budget",
        ]


class ProfileInput(serializers.Serializer[Any]):
    llm = ModelDefault(required=False, allow_null=True)
    budget = SpendingLimits(required=False, allow_null=True)
    name = LineField(max_length=150, allow_blank=True, required=False)
    timezone = serializers.CharField(max_length=64, required=False)

    def validate_timezone(self, value: str) -> str:
        try:
            zone(value)
        except ValueError as exc:
            raise serializers.ValidationError("Not a time zone.") from exc
        return value


class AccountInput(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(min_length=10, max_length=200, trim_whitespace=False)
    name = LineField(max_length=150, allow_blank=True, default="")


class RegisterInput(AccountInput):
    """`setup`: the token of the link that an installation without staff prints when it starts."""

    setup = serializers.CharField(max_length=400, allow_blank=True, default="")


class UserCreateInput(AccountInput):
    tier = serializers.ChoiceField(choices=User.Tier.choices, default=User.Tier.FREE)
    credits = serializers.IntegerField(min_value=0, max_value=2_000_000_000, required=False)
    is_staff = serializers.BooleanField(default=False)
    with_api_key = serializers.BooleanField(default=False)


class UserAdminInput(serializers.Serializer[Any]):
    tier = serializers.ChoiceField(choices=User.Tier.choices, required=False)
    credits = serializers.IntegerField(min_value=0, max_value=2_000_000_000, required=False)
    is_active = serializers.BooleanField(required=False)
    is_staff = serializers.BooleanField(required=False)


class UserDeleteQuery(serializers.Serializer[Any]):
    """What becomes of the workflows; `to`: the account that gets them."""

    workflows = serializers.ChoiceField(choices=["delete", "transfer"], required=False, default="")
    to = serializers.UUIDField(required=False)


class PasswordLinkOutput(serializers.Serializer[Any]):
    link = serializers.CharField()
    expires_at = serializers.DateTimeField()


class UserCreatedOutput(UserOutput):
    api_key = serializers.CharField(allow_null=True, read_only=True)

    class Meta(UserOutput.Meta):
        fields = [*UserOutput.Meta.fields, "api_key"]


class LoginInput(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    otp = serializers.CharField(max_length=40, allow_blank=True, default="")
    cookie = serializers.BooleanField(default=False)


class SignInLinkInput(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=400)


class GoogleInitInput(serializers.Serializer[Any]):
    redirect_uri = serializers.CharField(max_length=1000)


class GoogleInitOutput(serializers.Serializer[Any]):
    authorization_url = serializers.CharField()
    state = serializers.CharField()


class GoogleCallbackInput(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=2000)
    state = serializers.CharField(max_length=1000)
    otp = serializers.CharField(max_length=40, allow_blank=True, default="")
    cookie = serializers.BooleanField(default=False)


class SignInOptionsOutput(serializers.Serializer[Any]):
    """`mail`: this installation can send mails, so a forgotten password can be reset. `registration`: not closed."""

    google = serializers.BooleanField()
    registration = serializers.BooleanField()
    registration_mode = serializers.ChoiceField(choices=["open", "invite", "closed"])
    plans = serializers.BooleanField()
    mail = serializers.BooleanField()


class SecondFactorOutput(serializers.Serializer[Any]):
    is_on = serializers.BooleanField()
    recovery_codes_left = serializers.IntegerField()


class SecondFactorBegunOutput(serializers.Serializer[Any]):
    """`otpauth_url` is for a QR code; both are told this once."""

    secret = serializers.CharField()
    otpauth_url = serializers.CharField()


class CodeInput(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=40)


class SecondFactorInput(CodeInput):
    """The code, and the password of who has one."""

    password = serializers.CharField(max_length=200, trim_whitespace=False, allow_blank=True, default="")


class RecoveryCodesOutput(serializers.Serializer[Any]):
    recovery_codes = serializers.ListField(child=serializers.CharField())


class TokensOutput(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField(allow_null=True)
    expires_in = serializers.IntegerField()
    user = UserOutput()


class RefreshedOutput(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField(allow_null=True)
    expires_in = serializers.IntegerField()


class RefreshInput(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class ForgotInput(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)


class ResetInput(serializers.Serializer[Any]):
    """`revoke_keys`: switch the account's API keys off, too."""

    token = serializers.CharField(max_length=400)
    password = serializers.CharField(min_length=10, max_length=200, trim_whitespace=False)
    revoke_keys = serializers.BooleanField(default=False)


class PasswordInput(serializers.Serializer[Any]):
    current_password = serializers.CharField(max_length=200, trim_whitespace=False)
    new_password = serializers.CharField(min_length=10, max_length=200, trim_whitespace=False)
    revoke_keys = serializers.BooleanField(default=False)


class ApiKeyOutput(serializers.ModelSerializer[ApiKey]):
    scopes = serializers.SerializerMethodField()

    class Meta:
        model = ApiKey
        fields = ["id", "name", "prefix", "is_active", "scopes", "expires_at", "last_used_at", "created_at"]

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=SCOPES)))
    def get_scopes(self, key: ApiKey) -> list[str]:
        return key.scopes.split()


class ApiKeyCreatedOutput(ApiKeyOutput):
    key = serializers.CharField(read_only=True)

    class Meta(ApiKeyOutput.Meta):
        fields = [*ApiKeyOutput.Meta.fields, "key"]


class ApiKeyChange(serializers.Serializer[Any]):
    """`scopes`: what the key may do, whatever its user may."""

    name = LineField(max_length=100)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=SCOPES), min_length=1, max_length=len(SCOPES), required=False
    )

    def validate_expires_at(self, value: Any) -> Any:
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError("This moment is over.")
        return value


class ApiKeyInput(ApiKeyChange):
    """`otp`: a code of the second factor, for the scope `admin` where its user is staff and has one."""

    otp = serializers.CharField(max_length=40, allow_blank=True, default="")


class ApiKeyUpdate(ApiKeyChange):
    name = LineField(max_length=100, required=False)
    is_active = serializers.BooleanField(required=False)


class BlobOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    file_name = LineField()
    mime_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    url = serializers.CharField()


class BlobListedOutput(BlobOutput):
    """A file in a list, with the run that made it."""

    execution_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()


class EmptyOutput(serializers.Serializer[Any]):
    """An empty object."""


class FaultOutput(serializers.Serializer[Any]):
    """One thing that is wrong with a body; `field` is a dotted path, "" the whole."""

    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemOutput(serializers.Serializer[Any]):
    """Problem details. Source: RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField(allow_null=True)
    errors = FaultOutput(many=True, required=False)  # type: ignore[assignment]  # named as a property of DRF's


class PromptPatternForm(serializers.Serializer[Any]):
    pattern = serializers.CharField(max_length=1000, trim_whitespace=False)
    action = serializers.ChoiceField(choices=["block", "warn"])


class PromptRulesForm(serializers.Serializer[Any]):
    patterns = PromptPatternForm(many=True)
    max_input_chars = serializers.IntegerField(min_value=100, max_value=10_000_000)


class NotificationsOutput(serializers.ModelSerializer[Notifications]):
    away_after_s = serializers.IntegerField(min_value=0, max_value=86_400)

    class Meta:
        model = Notifications
        fields = ["hitl_email", "hitl_push", "run_failed_email", "away_after_s"]


class BlockedIpOutput(serializers.ModelSerializer[BlockedIp]):
    class Meta:
        model = BlockedIp
        fields = ["ip", "reason", "until", "times"]
