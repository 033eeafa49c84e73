"""The documents tool: an agent searches documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from nodes.abilities import KNOWLEDGE
from nodes.base import Effect, Look, NodeContext, NodeResult
from nodes.handlers.ai.knowledge.searching import WhereParams
from nodes.helper_types import ToolType
from nodes.items import Item

SHOWN = ("document_id", "document_name", "page", "headings", "text", "score")


class KnowledgeToolParams(WhereParams):
    description: str = Field(
        default="", max_length=1000, title="What it is for", description="What the model is told of these documents"
    )


class KnowledgeTool(ToolType[KnowledgeToolParams]):
    """Search documents for a model. Raises: NodeFailed: those of `Knowledge`."""

    kind = "knowledge_tool"
    effect: ClassVar[Effect] = "read"
    Params = KnowledgeToolParams
    look = Look(
        label="Documents",
        description="Lets a model search your documents.",
        category="ai_helpers",
        icon="file-search",
        color="#64748b",
        summary="{{ description }}",
        aliases=("rag", "knowledge", "retriever", "vector store"),
        docs="The model asks a question and gets the places that fit it best, with the names of their documents.",
        output_fields=(("results", "json"),),
    )

    def named(self, params: Mapping[str, Any]) -> tuple[str, str]:
        said = params.get("description")
        return "", said if isinstance(said, str) else ""

    def arguments(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        query = {"type": "string", "minLength": 1, "maxLength": 1000, "description": "What to look for, as a question"}
        return {"type": "object", "properties": {"query": query}, "required": ["query"]}

    async def use(
        self, params: KnowledgeToolParams, arguments: Mapping[str, Any], item: Item, ctx: NodeContext
    ) -> NodeResult:
        found = await (await ctx.ability(KNOWLEDGE)).search(params.asked(str(arguments["query"])))
        return NodeResult.of({"results": [{name: place[name] for name in SHOWN} for place in found]})
