"""Where a knowledge node looks, and what its places are."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from nodes.abilities import Question
from nodes.base import NodeParams

ADVANCED: dict[str, Any] = {"group": "advanced"}
MOST_QUERY = 4000


class WhereParams(NodeParams):
    """In which documents, and how much of them."""

    level: Literal["library", "file", "platform"] = Field(
        default="library", title="Documents", description="Your own ones, one of them, or those shared with everybody"
    )
    document_id: str = Field(default="", max_length=64, title="Document", description="Its id, for one document")
    tags: list[str] = Field(default=[], max_length=50, title="Tags", description="Documents with any of them")
    top_k: int = Field(default=5, ge=1, le=50, title="Places at most")
    min_score: float = Field(default=0.3, ge=0, le=1, title="Score at least", json_schema_extra=ADVANCED)

    def asked(self, query: str) -> Question:
        return Question(
            query=query[:MOST_QUERY], level=self.level, document_id=self.document_id.strip() or None,
            top_k=self.top_k, min_score=self.min_score, tags=tuple(self.tags),
        )  # fmt: skip
