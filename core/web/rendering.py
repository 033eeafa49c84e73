"""JSON bodies in and out of the REST framework, by orjson."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any
from uuid import UUID

import orjson
from django.conf import settings
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from core.asgi.large_bodies import forget_body
from core.errors import MalformedJson, TooLarge
from core.json import NotStorable, TooHeavy, loads, written
from core.values.times import wire_time


def encode(value: Any) -> Any:
    """Write what JSON does not know."""
    if isinstance(value, datetime):
        return wire_time(value)
    if isinstance(value, UUID):
        return str(value)
    return str(value)


def let_go(serializer: Any) -> None:
    """Let a serializer forget what it read or wrote: it holds itself by its fields."""
    if serializer is not None:
        vars(serializer).update(initial_data=None, _validated_data=None, instance=None, _data=None)


def _let_go(data: Any, context: Mapping[str, Any]) -> None:
    """Untie an answer from its view, which holds itself: a large one would stay until the next collection.

    So would the body that was answered, and what a serializer made the answer of.
    """
    forget_body(context.get("request"))
    let_go(getattr(data, "serializer", None))
    view, response = context.get("view"), context.get("response")
    if view is not None:
        vars(view).pop("response", None)
    if response is not None:
        response.renderer_context = None


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        _let_go(data, renderer_context or {})
        if data is None:
            return b""
        return written(data, default=encode, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS)


def plain(data: Any) -> Any:
    """Return what a serializer made as it goes over the wire, for what is not rendered as an answer."""
    return loads(JsonRenderer().render(data))


class ProblemRenderer(JsonRenderer):
    """Lets a client that accepts only problems have them."""

    media_type = "application/problem+json"


class JsonBodyParser(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Read a JSON body. Raises: MalformedJson, TooLarge."""
        view = (parser_context or {}).get("view")
        limit = int(getattr(view, "max_json_bytes", settings.JSON_BODY_MAX_BYTES))
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge("The body is too large", limit_bytes=limit)
        if not raw.strip():
            return {}
        try:
            return loads(raw)
        except TooHeavy as exc:
            raise TooLarge(f"The body is too large: {exc}", limit_bytes=limit) from exc
        except NotStorable as exc:
            raise MalformedJson(f"The body is not JSON: {exc}") from exc
