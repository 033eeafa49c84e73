"""The HTTP tool: a request of which a model fills in parts, by `$fromAI`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from nodes.base import CredentialSlot, Effect, Look, NodeContext, NodeResult
from nodes.handlers.network.http_request import AUTH_TYPES, HttpRequest, HttpRequestParams
from nodes.helper_types import ToolType
from nodes.items import Item


class HttpTool(ToolType[HttpRequestParams]):
    """Make a request. Raises: NodeFailed, as the HTTP request node."""

    kind = "http_tool"
    effect: ClassVar[Effect] = "write"
    Params = HttpRequestParams
    credentials = (CredentialSlot("auth", AUTH_TYPES),)
    default_timeout_s = 330
    look = Look(
        label="HTTP tool",
        description="Lets a model make one kind of request.",
        category="ai_helpers",
        icon="globe",
        color="#2563eb",
        summary="{{ method }} {{ url }}",
        aliases=("api tool", "request tool"),
        docs="What the model says stands in the params as `{{ $fromAI('city', 'Name of the city') }}`; all else is "
        "yours. It is the HTTP request node otherwise.",
        output_fields=(("status", "number"), ("headers", "json"), ("body", "json")),
    )

    def effect_of(self, params: Mapping[str, Any]) -> Effect:
        return _REQUEST.effect_of(params)

    async def use(
        self, params: HttpRequestParams, arguments: Mapping[str, Any], item: Item, ctx: NodeContext
    ) -> NodeResult:
        return await _REQUEST.run(params, item, ctx)


_REQUEST = HttpRequest()
