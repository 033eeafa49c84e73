"""The Search documents node: places in documents, for each item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from nodes.abilities import KNOWLEDGE
from nodes.base import Effect, Look, NodeContext, NodeFailed, NodeResult, NodeType
from nodes.handlers.ai.knowledge.searching import MOST_QUERY, WhereParams
from nodes.items import Item


class KnowledgeSearchParams(WhereParams):
    query: str = Field(
        default="", max_length=MOST_QUERY, title="Question", json_schema_extra={"multiline": True},
    )  # fmt: skip


class KnowledgeSearch(NodeType[KnowledgeSearchParams]):
    """Search the documents of the run's owner for each item.

    Outputs: {"results": [place], "count"} by "main". Raises: NodeFailed: those of `Knowledge`.
    """

    kind = "knowledge_search"
    effect: ClassVar[Effect] = "read"
    Params = KnowledgeSearchParams
    look = Look(
        label="Search documents",
        description="Finds places in your documents, by meaning and by words.",
        category="ai",
        icon="file-search",
        color="#9333ea",
        summary="{{ query }}",
        aliases=("rag", "knowledge", "documents", "semantic search", "vector store", "retrieve"),
        docs="Each place has `document_id`, `document_name`, `chunk_index`, `page`, `headings`, `text`, `score` and "
        "`highlights`. Documents are uploaded on their page or by *Add document*; see [documents](documents.md). What "
        "other people keep for themselves is never found.",
        output_fields=(("results", "json"), ("count", "number")),
    )

    def keeps_results(self, params: Mapping[str, Any]) -> bool:
        return False  # documents are removed, and no longer shared: what was in them is not found from then on

    async def run(self, params: KnowledgeSearchParams, item: Item, ctx: NodeContext) -> NodeResult:
        if not params.query.strip():
            raise NodeFailed("invalid_params", "There is no question to search for", field="query")
        found: list[dict[str, Any]] = await (await ctx.ability(KNOWLEDGE)).search(params.asked(params.query))
        return NodeResult.of({"results": found, "count": len(found)})
