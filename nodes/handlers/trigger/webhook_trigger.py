"""The webhook trigger: an HTTP call from outside starts the run."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.json import canonical
from core.values.kinds import is_object
from nodes.base import LITERAL, CredentialSlot, Look, NodeParams
from nodes.calling import AsTool, CalledType, Delivery, Door, Method, ResponseData, ResponseMode, Taken, is_signed, same

SIGNATURE = "x-signature-256"
CREDENTIAL_TYPES = {"basic": "http_basic", "bearer": "http_bearer", "header": "http_header", "hmac": "hmac"}


class WebhookAuth(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    type: Literal["none", "basic", "bearer", "header", "hmac"] = "none"


class WebhookParams(NodeParams):
    path: str = Field(
        min_length=1, max_length=200, title="Path", description="May hold / and :names", json_schema_extra=LITERAL
    )
    methods: list[Method] = Field(default=["POST"], min_length=1, title="Methods", json_schema_extra=LITERAL)
    response_mode: ResponseMode = Field(default="on_received", title="Answer", json_schema_extra=LITERAL)
    response_data: ResponseData = Field(default="first_item", title="Answer with", json_schema_extra=LITERAL)
    auth: WebhookAuth = Field(default=WebhookAuth(), title="Who may call", json_schema_extra=LITERAL)
    dedupe_header: str = Field(
        default="",
        max_length=100,
        title="Header that names a delivery",
        description="Same value within 24 h: same run",
        json_schema_extra=LITERAL,
    )

    allowed_origins: list[str] = Field(
        default=[],
        max_length=50,
        title="Pages that may call",
        description="Origins of pages whose scripts may call it from a browser, as https://example.org; * is any",
        json_schema_extra={**LITERAL, "group": "advanced"},
    )
    raw_body: bool = Field(
        default=False,
        title="Body as it came",
        description="As the file raw_body beside what is read from it, for signatures over its bytes",
        json_schema_extra={**LITERAL, "group": "advanced"},
    )

    @field_validator("allowed_origins")
    @classmethod
    def _origins_are_some(cls, value: list[str]) -> list[str]:
        for origin in value:
            if origin != "*" and not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?|null", origin):
                raise ValueError(f"{origin!r} is no origin, as https://example.org, without a path, or *")
        return value

    @field_validator("path")
    @classmethod
    def _path_is_plain(cls, value: str) -> str:
        steps = value.strip("/").split("/")
        if not all(re.fullmatch(r":?[\w.~-]+", step) for step in steps):
            raise ValueError(
                "letters, digits, - _ . ~ between slashes; a step may begin with ':' to stand for any text"
            )
        return value.strip("/")


class WebhookTrigger(AsTool, CalledType[WebhookParams]):
    """Start on an HTTP call.

    Outputs: {"method", "headers", "params", "query", "body"} and files as binary, by "main"; "guessed_encoding" where
    nothing said the charset of a body that is no UTF-8.
    """

    kind = "webhook_trigger"
    tool_rank = 2
    Params = WebhookParams
    credentials = (CredentialSlot("auth", tuple(CREDENTIAL_TYPES.values())),)
    answer_param = "response_mode"
    look = Look(
        label="Webhook",
        description="Starts when somebody calls its URL.",
        category="trigger",
        icon="webhook",
        color="#16a34a",
        summary="{{ methods }} {{ path }}",
        aliases=("http", "callback", "api", "hook"),
        docs="Listens at `/api/webhooks/{your id}/{path}` once deployed, and at `/api/webhooks-test/…` "
        "for one call after "
        "*Listen*. Answers at once, with the last node's output, or with what *Respond to Webhook* sends. "
        "JSON, forms and text become `body`, in the charset they name; gzip and deflate are unpacked. Files of a form "
        "stand under their field's name, further ones of that name as `name_1`, `name_2`, …; a body that is no text is "
        "the file `data`. With *Body as it came* its bytes are the file `raw_body`, too.",
        output_fields=(
            ("method", "string"),
            ("headers", "json"),
            ("params", "json"),
            ("query", "json"),
            ("body", "json"),
        ),
    )

    def credential_slots(self, params: Mapping[str, Any]) -> tuple[CredentialSlot, ...]:
        return slots_of(params, self.credentials)

    def tool_input(self, arguments: Mapping[str, Any], now: str) -> Mapping[str, Any]:
        return {"method": "POST", "headers": {}, "params": {}, "query": {}, "body": dict(arguments)}

    def door(self, params: WebhookParams) -> Door:
        return Door(params.path, params.methods, params.response_mode, params.response_data, params.allowed_origins)

    def secret_slot(self, params: WebhookParams) -> str:
        return "" if params.auth.type == "none" else "auth"

    def secret_headers(self, params: WebhookParams, secret: Mapping[str, str]) -> frozenset[str]:
        return frozenset({secret.get("name", "").lower()}) if params.auth.type == "header" else frozenset()

    def keeps_raw(self, params: WebhookParams) -> bool:
        return params.raw_body

    def accepts(self, params: WebhookParams, headers: Mapping[str, str], raw: bytes, secret: Mapping[str, str]) -> bool:
        return accepted(params.auth.type, secret, headers, raw)

    def take(self, params: WebhookParams, delivery: Delivery) -> Taken:
        shown = dict(delivery.shown)
        if params.auth.type == "hmac" and SIGNATURE in shown:
            shown[SIGNATURE] = "***"
        payload: dict[str, Any] = {
            "method": delivery.method, "headers": shown, "params": delivery.path_params, "query": delivery.query,
            "body": delivery.body,
        }  # fmt: skip
        if delivery.guessed is not None:
            payload["guessed_encoding"] = delivery.guessed
        if delivery.binary is not None:
            payload["$binary"] = delivery.binary
        named = delivery.headers.get(params.dedupe_header.lower()) if params.dedupe_header else None
        if named:
            return Taken(payload, named)
        return Taken(payload, delivery.headers.get("idempotency-key"), _same_call(delivery, params))


def _same_call(delivery: Delivery, params: WebhookParams) -> str:
    """Return what a call says. The key of a stranger counts for that alone: with another's key he would get an answer
    that is not his, or keep a delivery out."""
    if params.auth.type != "none":
        return ""
    said = canonical({"method": delivery.method, "query": dict(delivery.query), "params": dict(delivery.path_params)})
    return hashlib.sha256(said + delivery.raw).hexdigest()


def slots_of(params: Mapping[str, Any], slots: tuple[CredentialSlot, ...]) -> tuple[CredentialSlot, ...]:
    """Return the slots of a trigger whose param `auth` says how its callers are known."""
    auth = params.get("auth")
    wanted = CREDENTIAL_TYPES.get(str(auth.get("type"))) if is_object(auth) else None
    return (replace(slots[0], types=(wanted,), required=True),) if wanted else slots


def accepted(wanted: str, fields: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a caller knows the fields of a credential, in the way that is wanted."""
    given = headers.get("authorization", "")
    if wanted == "basic":
        return same(_basic(given), f"{fields.get('username', '')}:{fields.get('password', '')}")
    if wanted == "bearer":
        return same(given, f"Bearer {fields.get('token', '')}")
    if wanted == "header":
        return same(headers.get(fields.get("name", "").lower(), ""), fields.get("value", ""))
    signature = headers.get(SIGNATURE) or headers.get("x-hub-signature-256") or headers.get("x-heddle-signature") or ""
    return is_signed(signature.removeprefix("sha256="), fields.get("secret", ""), body)


def _basic(header: str) -> str:
    try:
        return base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
