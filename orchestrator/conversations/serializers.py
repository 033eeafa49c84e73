"""Wire forms of conversations."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.datastore import conversations
from core.datastore.models import Conversation
from core.values.times import wire_time
from core.web.shapes import Shaped, any_json, moment, shape, text, whole

ToolCalled = shape(
    "ConversationToolCall", "A tool that the model asked for.", id=text(), tool=text(), arguments=any_json()
)
ConversationMessage = shape(
    "ConversationMessage", "One message of a turn. What tools gave is kept cut.",
    role=text(help_text="user, assistant or tool"), content=text(allow_blank=True), turn=whole(),
    tool_calls=Shaped(ToolCalled, many=True), tool=text(allow_null=True), is_error=serializers.BooleanField(),
    execution_id=serializers.UUIDField(allow_null=True), created_at=moment(),
)  # fmt: skip


class ConversationOutput(serializers.ModelSerializer[Conversation]):
    class Meta:
        model = Conversation
        fields = ["id", "workflow_id", "key", "turn_count", "message_count", "summary", "created_at", "updated_at"]


class ConversationWithMessages(ConversationOutput):
    messages = serializers.SerializerMethodField()

    class Meta(ConversationOutput.Meta):
        fields = [*ConversationOutput.Meta.fields, "messages"]

    @extend_schema_field(ConversationMessage(many=True))
    def get_messages(self, conversation: Conversation) -> list[dict[str, Any]]:
        return [_shown(message) for message in conversations.messages_of(conversation)]


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "role": message["role"], "content": message["content"], "turn": message["turn"],
        "tool_calls": message.get("tool_calls", []), "tool": message.get("tool"),
        "is_error": message.get("is_error", False), "created_at": wire_time(message["created_at"]),
        "execution_id": str(message["execution_id"]) if message["execution_id"] else None,
    }  # fmt: skip
