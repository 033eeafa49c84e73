"""The chat trigger: a page to write on; each message starts a run, and what it comes to is the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from pydantic import Field, field_validator

from core.errors import Invalid
from core.values.kinds import is_object
from nodes.base import LITERAL, CredentialSlot, Look, NodeParams
from nodes.calling import ChatPage, ChatType, Delivery, Door, Taken
from nodes.handlers.trigger.webhook_trigger import CREDENTIAL_TYPES, WebhookAuth, accepted, slots_of

MOST_MESSAGE = 100_000  # characters
MOST_OF_STRANGERS = 8_000
_ID = re.compile(r"[\w.:@-]{1,200}")
_HARD_TO_GUESS = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class ChatParams(NodeParams):
    public: bool = Field(
        default=False, title="Anybody may write", description="Else those with its secret, or a key of this server",
        json_schema_extra=LITERAL,
    )  # fmt: skip
    title: str = Field(default="Chat", min_length=1, max_length=200, title="Title", json_schema_extra=LITERAL)
    greeting: str = Field(default="", max_length=5000, title="Greeting", json_schema_extra=LITERAL)
    auth: WebhookAuth = Field(default=WebhookAuth(), title="Who may write", json_schema_extra=LITERAL)
    session_timeout_s: float = Field(
        default=1800, ge=1, le=30 * 24 * 3600, title="A session ends after … seconds without a word",
        json_schema_extra={**LITERAL, "group": "advanced"},
    )  # fmt: skip
    allow_files: bool = Field(default=False, title="Takes files", json_schema_extra={**LITERAL, "group": "advanced"})
    path: str = Field(
        default="", max_length=200, title="Path", description="Empty: made of the title",
        json_schema_extra={**LITERAL, "group": "advanced"},
    )  # fmt: skip

    @field_validator("path")
    @classmethod
    def _path_is_plain(cls, value: str) -> str:
        if value and not all(re.fullmatch(r"[\w.~-]+", step) for step in value.strip("/").split("/")):
            raise ValueError("letters, digits, - _ . ~ between slashes")
        return value.strip("/")


class ChatTrigger(ChatType[ChatParams]):
    """Start on a message.

    Outputs: {"message", "conversation_id", "session", "files", "is_continuation"} and files as binary, by "main".
    """

    kind = "chat_trigger"
    Params = ChatParams
    credentials = (CredentialSlot("auth", tuple(CREDENTIAL_TYPES.values())),)
    look = Look(
        label="Chat",
        description="Starts when somebody writes a message on its page.",
        category="trigger",
        icon="message-circle",
        color="#16a34a",
        summary="{{ title }}",
        aliases=("chatbot", "conversation", "message", "assistant"),
        docs="The page stands at `/api/webhooks/{your id}/{path}` once deployed. Programs post "
        "`{message, conversation_id}` there and get `{message, conversation_id}`, or with "
        "`Accept: text/event-stream` the events `start`, `delta`, `done` and `error`. The answer is the field `text`, "
        "`message`, `answer` or `output` of the run's first item. Where it is not public, a caller knows the secret of "
        "`auth`, or sends the API key of somebody who may run the workflow. Programs that speak to "
        "OpenAI find it as a model at `/v1/`; the item then holds their whole conversation as `messages`, too.",
        output_fields=(
            ("message", "string"), ("conversation_id", "string"), ("session", "string"), ("files", "json"),
            ("is_continuation", "boolean"),
        ),
    )  # fmt: skip

    def credential_slots(self, params: Mapping[str, Any]) -> tuple[CredentialSlot, ...]:
        return slots_of(params, self.credentials)

    def door(self, params: ChatParams) -> Door:
        return Door(params.path or f"chat/{_slug(params.title)}", self.methods, "last_node")

    def chat(self, params: ChatParams) -> ChatPage:
        return ChatPage(params.title, params.greeting, params.public, params.session_timeout_s)

    def secret_slot(self, params: ChatParams) -> str:
        return "" if params.public or params.auth.type == "none" else "auth"

    def secret_headers(self, params: ChatParams, secret: Mapping[str, str]) -> frozenset[str]:
        return frozenset({secret.get("name", "").lower()}) if params.auth.type == "header" else frozenset()

    def accepts(self, params: ChatParams, headers: Mapping[str, str], raw: bytes, secret: Mapping[str, str]) -> bool:
        return accepted(params.auth.type, secret, headers, raw)

    def take(self, params: ChatParams, delivery: Delivery) -> Taken:
        said = delivery.body if is_object(delivery.body) else {}
        message, given = said.get("message"), said.get("conversation_id")
        if not isinstance(message, str) or not message.strip():
            raise Invalid("A message is needed.", field="message", reason="required")
        most = MOST_OF_STRANGERS if params.public else MOST_MESSAGE
        if len(message) > most:
            raise Invalid(f"At most {most} characters.", field="message", reason="max_length")
        payload: dict[str, Any] = {
            "message": message, "conversation_id": _conversation(given, params), "session": "",
            "files": sorted(delivery.binary or {}), "is_continuation": bool(given),
        }  # fmt: skip
        if delivery.binary is not None:
            if not params.allow_files:
                raise Invalid("This chat takes no files.", field="files", reason="not_allowed")
            payload["$binary"] = delivery.binary
        return Taken(payload, delivery.headers.get("idempotency-key"), payload["conversation_id"])


def _conversation(given: Any, params: ChatParams) -> str:
    """Return the id of a conversation: that of the caller, or a new one. Raises: Invalid.

    Where anybody may write, whoever knows an id goes on with its conversation: it has to be hard to guess.
    """
    if given in (None, ""):
        return str(uuid4())
    wanted, what = _ID, "At most 200 letters, digits and -_.:@."
    if params.public:
        wanted, what = _HARD_TO_GUESS, "The id that a first answer gave."
    if not isinstance(given, str) or not wanted.fullmatch(given):
        raise Invalid(what, field="conversation_id", reason="invalid")
    return given


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "chat"
