"""What steps that ask a model about a text have in common: the text is data of others, the answer has a shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import Field

from core.text.for_models import enclosed, new_mark
from nodes.base import CredentialSlot, Effect, NodeContext, NodeFailed, NodeType
from nodes.handlers.ai.asked_model import AskedModel
from nodes.handlers.ai.choosing_model import MODEL_SLOT, dependence, model_of
from nodes.handlers.ai.model_params import ADVANCED, ModelParams, ProviderName
from nodes.handlers.ai.questions import RETRIES, Answered, Wanted, answered, usage_of, warnings_of
from nodes.handlers.ai.vetting import vetted
from nodes.helpers import Slot
from nodes.items import Item
from nodes.language_models import PROVIDERS, Message, ModelChoice
from nodes.warnings import Warnings

BEGINNING = "p"
OTHER_TEXT: dict[str, Any] = {"multiline": True}


class TextParams(ModelParams):
    text: str = Field(title="Text", json_schema_extra=OTHER_TEXT)
    provider: ProviderName | None = Field(
        default=None, title="Provider", description="Where no model stands beside it, and no other default is wanted",
        json_schema_extra=ADVANCED,
    )  # fmt: skip
    model: str | None = Field(default=None, max_length=200, title="Model", json_schema_extra=ADVANCED)

    @property
    def choice(self) -> ModelChoice:
        return ModelChoice(self.provider, self.model or None)


P = TypeVar("P", bound=TextParams)


class TextNode(NodeType[P], Generic[P]):
    """A step that asks a model about a text."""

    effect: ClassVar[Effect] = "read"  # each call is a step of its own, which is announced before it begins
    default_timeout_s = 600
    slots: ClassVar[tuple[Slot, ...]] = (MODEL_SLOT,)
    credentials: ClassVar[tuple[CredentialSlot, ...]] = (CredentialSlot("model", PROVIDERS),)

    def model_calls(self, params: Mapping[str, Any]) -> tuple[int, int] | None:
        return 1, RETRIES + 1

    async def depends_on(self, params: P, item: Item, ctx: NodeContext) -> Any:
        return await dependence(ctx, item, params, params.choice)


@dataclass(frozen=True, slots=True)
class Reader:
    """A model that reads one text, which it is told to take as data: under the same mark whenever it is asked."""

    ctx: NodeContext
    model: AskedModel
    mark: str

    def messages(self, instructions: str, wanted: Wanted, *texts: tuple[str, str]) -> list[Message]:
        """Return what is asked about texts: (where it is from, text) each."""
        told = "\n\n".join(part for part in (instructions, wanted.told) if part)
        return [Message("system", told), Message("user", enclosed(texts, self.mark))]

    async def answer(self, instructions: str, wanted: Wanted, *texts: tuple[str, str], prefix: str = "m") -> Answered:
        return await answered(self.ctx, self.model, self.messages(instructions, wanted, *texts), wanted, prefix=prefix)


async def reader(ctx: NodeContext, item: Item, params: TextParams, *, is_patient: bool = False) -> Reader:
    """Return the model that reads for a step. Raises: NodeFailed."""

    async def mark(_key: str) -> str:
        return new_mark()

    model = (await model_of(ctx, item, params, params.choice)).asked(is_patient=is_patient)
    return Reader(ctx, model, await ctx.step(BEGINNING, mark, kind="custom", effect="pure"))


@dataclass(frozen=True, slots=True)
class Read:
    """What a model says of a text, as JSON of the shape that was wanted; what that cost, and what is to be told."""

    value: Any
    usage: Mapping[str, Any]
    warnings: tuple[tuple[str, str, str], ...]


async def read(ctx: NodeContext, item: Item, params: TextParams, instructions: str, schema: Mapping[str, Any]) -> Read:
    """Ask a model about the text of a step, once. Raises: NodeFailed."""
    check_text(params.text)
    warnings = await vetted(ctx, {"text": params.text})
    reading = await reader(ctx, item, params)
    made = await reading.answer(instructions, Wanted("schema", schema), (ctx.label, params.text))
    return Read(made.value, usage_of(made.used), _all(warnings, made))


def check_text(text: str) -> None:
    """Raises: NodeFailed "invalid_input" where there is no text."""
    if not text.strip():
        raise NodeFailed("invalid_input", "There is no text to look at", field="text")


def _all(warnings: Warnings, made: Answered) -> tuple[tuple[str, str, str], ...]:
    return (*warnings_of(made.used), *warnings)


def with_fields(item: Item, **fields: Any) -> Item:
    """Return an item as it came, with more fields."""
    made: Item = {**item, "json": {**item.get("json", {}), **fields}}
    made.pop("pairedItem", None)
    return made
