"""The Wikipedia tool: beginnings of articles that a search finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from pydantic import Field

from core.http.requests import request_of
from core.json import NotStorable, loads
from nodes.base import Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult
from nodes.helper_types import ToolType
from nodes.items import Item

TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


class WikipediaToolParams(NodeParams):
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[a-z]{1,12})?$", title="Language")
    max_articles: int = Field(default=3, ge=1, le=10, title="Articles")
    max_characters: int = Field(default=2000, ge=100, le=20_000, title="Characters of each")


class WikipediaTool(ToolType[WikipediaToolParams]):
    """Look something up. Raises: NodeFailed "http_unreachable", "http_status", "http_invalid_json"."""

    kind = "wikipedia_tool"
    effect: ClassVar[Effect] = "read"
    Params = WikipediaToolParams
    look = Look(
        label="Wikipedia",
        description="Lets a model look things up.",
        category="ai_helpers",
        icon="book-open",
        color="#64748b",
        summary="{{ language }}",
        aliases=("encyclopedia", "wiki"),
        docs="The model gets the beginnings of the articles that a search finds, with their addresses.",
        output_fields=(("articles", "json"),),
    )

    def arguments(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        query = {"type": "string", "minLength": 1, "maxLength": 300, "description": "What to look up"}
        return {"type": "object", "properties": {"query": query}, "required": ["query"]}

    async def use(
        self, params: WikipediaToolParams, arguments: Mapping[str, Any], item: Item, ctx: NodeContext
    ) -> NodeResult:
        asked = {
            "action": "query", "format": "json", "formatversion": 2, "generator": "search",
            "gsrsearch": arguments["query"], "gsrlimit": params.max_articles, "prop": "extracts|info",
            "inprop": "url", "exintro": 1, "explaintext": 1, "exlimit": "max",
        }  # fmt: skip
        url = f"https://{params.language}.wikipedia.org/w/api.php?{urlencode(asked)}"
        reply = await ctx.http.send(request_of("GET", url, timeout_s=20))
        if reply.status >= 400:
            again = reply.status in TRY_AGAIN
            raise NodeFailed("http_status", f"Wikipedia answered {reply.status}", retryable=again)
        try:
            pages = loads(reply.body).get("query", {}).get("pages", [])
        except (ValueError, NotStorable, AttributeError) as exc:
            raise NodeFailed("http_invalid_json", "Wikipedia's answer cannot be read") from exc
        pages = sorted(pages, key=lambda page: page.get("index", 0))
        articles = [
            {
                "title": page.get("title", ""), "url": page.get("fullurl", ""),
                "text": str(page.get("extract") or "")[: params.max_characters],
            }
            for page in pages
        ]  # fmt: skip
        return NodeResult.of({"articles": articles})
