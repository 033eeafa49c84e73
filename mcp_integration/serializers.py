"""Wire forms of MCP servers, their tools and what a call gave."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.web.fields import LineField
from core.web.json_input import JsonInput
from core.web.shapes import any_json, by_name, shape, text, whole, yes_or_no
from mcp_integration.models import SCOPES, STATUSES, TRANSPORTS, USER, McpServer


class CredentialMapField(serializers.Serializer[Any]):
    """Where fields of the credential go: a field's name, or in headers a text with `{field}` in it."""

    env = serializers.DictField(child=serializers.CharField(max_length=200), required=False)
    headers = serializers.DictField(child=serializers.CharField(max_length=500), required=False)


class McpServerOutput(serializers.ModelSerializer[McpServer]):
    scope = serializers.ChoiceField(choices=SCOPES)
    transport = serializers.ChoiceField(choices=TRANSPORTS)
    status = serializers.ChoiceField(choices=STATUSES)
    args = serializers.ListField(child=serializers.CharField())
    env = serializers.DictField(child=serializers.CharField())
    headers = serializers.DictField(child=serializers.CharField())
    credential_map = CredentialMapField()

    class Meta:
        model = McpServer
        fields = [
            "id", "name", "scope", "transport", "command", "args", "env", "url", "headers", "credential_id",
            "credential_map", "enabled", "timeout_s", "status", "last_error", "tools_count",
            "tools_omitted", "tools_cached_at", "created_at", "updated_at",
        ]  # fmt: skip


def _texts_by_name() -> serializers.DictField:
    child = serializers.CharField(max_length=4000, allow_blank=True, trim_whitespace=False)
    return serializers.DictField(child=child, default=dict)


class McpServerInput(serializers.Serializer[Any]):
    name = LineField(max_length=120)
    scope = serializers.ChoiceField(choices=SCOPES, default=USER)
    transport = serializers.ChoiceField(choices=TRANSPORTS)
    command = LineField(max_length=500, allow_blank=True, default="")
    args = serializers.ListField(
        child=serializers.CharField(max_length=4000, allow_blank=True, trim_whitespace=False), max_length=100,
        default=list,
    )  # fmt: skip
    env = _texts_by_name()
    url = serializers.CharField(max_length=2000, allow_blank=True, default="")
    headers = _texts_by_name()
    credential_id = serializers.UUIDField(allow_null=True, default=None)
    credential_map = CredentialMapField(default=dict)
    enabled = serializers.BooleanField(default=True)
    timeout_s = serializers.FloatField(min_value=1, max_value=300, default=30)

    def validate_env(self, value: dict[str, str]) -> dict[str, str]:
        return _few(value)

    def validate_headers(self, value: dict[str, str]) -> dict[str, str]:
        return _few(value)


def _few(value: dict[str, str]) -> dict[str, str]:
    if len(value) > 100 or any("\x00" in part for pair in value.items() for part in pair):
        raise serializers.ValidationError("At most 100 are allowed, without null characters.")
    return value


McpToolOutput = shape(
    "McpTool", "A tool of a server, as the server describes it: nothing of it is verified.",
    server_id=serializers.UUIDField(), server_name=text(), name=text(), description=text(allow_blank=True),
    input_schema=by_name(), annotations=by_name(),
    left_out=serializers.ListField(child=serializers.ChoiceField(choices=["description", "input_schema"])),
)  # fmt: skip
McpToolsOutput = shape(
    "McpTools", "`omitted` counts tools that the server named beyond what is kept: 500 of them, and 1 MiB.",
    results=McpToolOutput(many=True), omitted=whole(),
)  # fmt: skip
McpAllToolsOutput = shape(
    "McpAllTools",
    "The tools of all servers somebody may use; `errors` names those that were not listed, with the reason: that of "
    "the call for one server, `timed_out` or `not_asked` where the time for all was over, `too_large`.",
    results=McpToolOutput(many=True), omitted=whole(),
    errors=shape("McpToolsError", server_id=serializers.UUIDField(), code=text())(many=True),
)  # fmt: skip
McpValidOutput = shape("McpValid", valid=yes_or_no(), tools_count=whole())
McpCallOutput = shape(
    "McpCall", "What a tool answered; `truncated` where parts were left out for their size.",
    content=serializers.ListField(child=by_name()),
    structured=any_json(allow_null=True), is_error=yes_or_no(), duration_ms=whole(), truncated=yes_or_no(),
)  # fmt: skip


class McpCallInput(serializers.Serializer[Any]):
    arguments = serializers.DictField(child=JsonInput(allow_null=True), required=False, default=dict)
