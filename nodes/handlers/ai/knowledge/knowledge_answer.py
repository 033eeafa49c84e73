"""The Answer from documents node: an answer with its sources, for each item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from nodes.abilities import KNOWLEDGE
from nodes.base import CredentialSlot, Effect, Look, NodeContext, NodeFailed, NodeResult, NodeType
from nodes.handlers.ai.choosing_model import MODEL_SLOT, model_of
from nodes.handlers.ai.knowledge import cited
from nodes.handlers.ai.knowledge.searching import MOST_QUERY, WhereParams
from nodes.handlers.ai.model_params import ADVANCED, ModelParams, ProviderName
from nodes.handlers.ai.questions import Wanted, answered, usage_of, warnings_of
from nodes.handlers.ai.vetting import found_in, rules, told, vetted
from nodes.items import Item
from nodes.language_models import PROVIDERS, ModelChoice

FOUND = "p"


class KnowledgeAnswerParams(ModelParams, WhereParams):
    question: str = Field(
        default="", max_length=MOST_QUERY, title="Question", json_schema_extra={"multiline": True},
    )  # fmt: skip
    system: str = Field(
        default="", title="Instructions", json_schema_extra={"multiline": True, "group": "advanced"},
    )  # fmt: skip
    provider: ProviderName | None = Field(
        default=None, title="Provider", description="Left open: the default of the workflow, of you, or of this server",
        json_schema_extra=ADVANCED,
    )  # fmt: skip
    model: str | None = Field(default=None, max_length=200, title="Model", json_schema_extra=ADVANCED)


class KnowledgeAnswer(NodeType[KnowledgeAnswerParams]):
    """Answer a question from documents, or say that they do not hold the answer.

    Outputs: {"answer": text or null, "citations": [...], "sources": [place], "usage": {...} or null} by "main"; nothing
    found: no model is asked. Raises: NodeFailed: those of `Knowledge`, and what a call of a model can end with.
    """

    kind = "knowledge_answer"
    effect: ClassVar[Effect] = "read"  # each call is a step of its own, which is announced before it begins
    default_timeout_s = 600
    Params = KnowledgeAnswerParams
    credentials = (CredentialSlot("model", PROVIDERS),)
    slots = (MODEL_SLOT,)
    look = Look(
        label="Answer from documents",
        description="Answers a question from your documents, with its sources.",
        category="ai",
        icon="book-open-check",
        color="#9333ea",
        summary="{{ question }}",
        aliases=("rag", "knowledge", "documents", "question answering", "cite"),
        docs="Behind each sentence of `answer` stands which place it rests on, as `[1]`; `citations` says which "
        "document, page and chunk that is. Where the documents do not hold the answer, `answer` is null. What stands "
        "in documents reaches the model marked as data. See [documents](documents.md).",
        output_fields=(("answer", "string"), ("citations", "json"), ("sources", "json"), ("usage", "json")),
    )

    @property
    def can_move(self) -> bool:
        return False  # its steps are the run's

    def keeps_results(self, params: Mapping[str, Any]) -> bool:
        return False  # documents are removed, and no longer shared: what was in them is not found from then on

    async def run(self, params: KnowledgeAnswerParams, item: Item, ctx: NodeContext) -> NodeResult:
        if not params.question.strip():
            raise NodeFailed("invalid_params", "There is no question to answer", field="question")
        warnings = await vetted(ctx, {"question": params.question, "system": params.system})
        knowledge = await ctx.ability(KNOWLEDGE)

        async def found(_key: str) -> list[dict[str, Any]]:
            return await knowledge.search(params.asked(params.question))

        places = await ctx.step(
            FOUND, found, effect="read"
        )  # an answer that was given stays beside what it was given from
        if not places:
            return NodeResult.of({"answer": None, "citations": [], "sources": [], "usage": None})
        texts = "\n".join(place["text"] for place in places)
        warnings += told("sources", await found_in(ctx, texts, await rules(ctx)))
        model = (await model_of(ctx, item, params, self.choice(params))).asked()
        made = await answered(ctx, model, cited.messages(params.question, places, params.system), Wanted())
        answer, citations = cited.answer_of(made.last.text, places)
        json = {"answer": answer, "citations": citations, "sources": places, "usage": usage_of(made.used)}
        return NodeResult({"main": [{"json": json}]}, warnings=(*warnings_of(made.used), *warnings))

    def choice(self, params: KnowledgeAnswerParams) -> ModelChoice:
        return ModelChoice(params.provider, params.model or None)

    def model_calls(self, params: Mapping[str, Any]) -> tuple[int, int] | None:
        return 0, 1
