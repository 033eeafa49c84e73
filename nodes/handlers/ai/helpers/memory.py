"""Memory for models: the messages of a conversation, by its key."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from nodes.base import Look, NodeParams, Port
from nodes.helper_types import HelperType
from nodes.helpers import Gives


class ConversationMemoryParams(NodeParams):
    key: str = Field(
        default="{{ $json.conversation_id }}", max_length=500, title="Conversation",
        description="Messages under one key are one conversation",
    )  # fmt: skip
    window: int = Field(default=20, ge=1, le=500, title="Messages kept in view")
    summarize_after: int | None = Field(
        default=None, ge=2, le=2000, title="Sum up after … messages", json_schema_extra={"group": "advanced"}
    )


class ConversationMemory(HelperType[ConversationMemoryParams]):
    """Gives a step the messages of a conversation."""

    kind = "conversation_memory"
    gives: ClassVar[Gives | None] = "memory"
    outputs: ClassVar[tuple[Port, ...]] = (Port("memory", "Memory", kind="memory"),)
    Params = ConversationMemoryParams
    look = Look(
        label="Conversation memory",
        description="Remembers what was said under a key.",
        category="ai_helpers",
        icon="history",
        color="#9333ea",
        summary="{{ key }}",
        aliases=("chat memory", "history", "window buffer memory"),
        docs="It stands beside a step with a model. `window` messages are shown to the model.",
    )
