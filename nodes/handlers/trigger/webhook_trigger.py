"""The webhook trigger: an HTTP call from outside starts the run."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from nodes.base import LITERAL, CredentialSlot, Look, NodeParams
from nodes.calling import CalledType, Delivery, Door, Method, ResponseData, ResponseMode, Taken, is_signed, same

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

    @field_validator("path")
    @classmethod
    def _path_is_plain(cls, value: str) -> str:
        steps = value.strip("/").split("/")
        if not all(re.fullmatch(r":?[\w.~-]+", step) for step in steps):
            raise ValueError(
                "letters, digits, - _ . ~ between slashes; a step may begin with ':' to stand for any text"
            )
        return value.strip("/")


class WebhookTrigger(CalledType[WebhookParams]):
    """Start on an HTTP call.

    Outputs: {"method", "headers", "params", "query", "body"} and uploads as binary, by "main".
    """

    kind = "webhook_trigger"
    Params = WebhookParams
    credentials = (CredentialSlot("auth", tuple(CREDENTIAL_TYPES.values())),)
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
        "*Listen*. Answers at once, with the last node's output, or with what *Respond to Webhook* sends.",
        output_fields=(
            ("method", "string"),
            ("headers", "json"),
            ("params", "json"),
            ("query", "json"),
            ("body", "json"),
        ),
    )

    def credential_slots(self, params: Mapping[str, Any]) -> tuple[CredentialSlot, ...]:
        auth = params.get("auth")
        wanted = CREDENTIAL_TYPES.get(str(auth.get("type"))) if isinstance(auth, dict) else None
        return (replace(self.credentials[0], types=(wanted,), required=True),) if wanted else self.credentials

    def door(self, params: WebhookParams) -> Door:
        return Door(params.path, params.methods, params.response_mode, params.response_data)

    def secret_slot(self, params: WebhookParams) -> str:
        return "" if params.auth.type == "none" else "auth"

    def accepts(self, params: WebhookParams, headers: Mapping[str, str], raw: bytes, secret: Mapping[str, str]) -> bool:
        return _accepted(params.auth.type, secret, headers, raw)

    def take(self, params: WebhookParams, delivery: Delivery) -> Taken:
        shown = dict(delivery.shown)
        if params.auth.type == "hmac" and SIGNATURE in shown:
            shown[SIGNATURE] = "***"
        payload: dict[str, Any] = {
            "method": delivery.method, "headers": shown, "params": delivery.path_params, "query": delivery.query,
            "body": delivery.body,
        }  # fmt: skip
        if delivery.binary is not None:
            payload["$binary"] = delivery.binary
        named = delivery.headers.get(params.dedupe_header.lower()) if params.dedupe_header else None
        return Taken(payload, named or delivery.headers.get("idempotency-key"))


def _accepted(wanted: str, fields: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bool:
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
