"""A node that puts one question to a model: what the provider nodes and `llm` have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from nodes.base import Effect, NodeContext, NodeFailed, NodeResult, NodeType
from nodes.handlers.ai import structured
from nodes.handlers.ai.asking import ask
from nodes.handlers.ai.choosing_model import model_of
from nodes.handlers.ai.model_params import ADVANCED, ModelParams
from nodes.items import Item
from nodes.language_models import Completion, CompletionRequest, Image, Message, ModelChoice, Models

MOST_IMAGE_BYTES = 20 * 2**20
OUTPUT_FIELDS = (("text", "string"), ("json", "json"), ("finish_reason", "string"), ("usage", "json"))


class Turn(BaseModel):
    """A message of a conversation that goes before the prompt."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    role: Literal["user", "assistant", "system"] = Field(default="user", title="Role")
    content: str = Field(default="", title="Text")


class PromptParams(ModelParams):
    model_config = ConfigDict(populate_by_name=True)  # a model of pydantic has a `schema` of its own

    prompt: str = Field(default="", title="Prompt", json_schema_extra={"multiline": True})
    system: str = Field(default="", title="Instructions", json_schema_extra={"multiline": True})
    messages: list[Turn] = Field(
        default=[], title="Messages before it", description="Of a conversation that goes on", json_schema_extra=ADVANCED
    )
    images: list[str] = Field(
        default=[], max_length=20, title="Pictures", description="Names of files of the item, or addresses",
        json_schema_extra=ADVANCED,
    )  # fmt: skip
    response_format: Literal["text", "json", "schema"] = Field(default="text", title="Answer as")
    json_form: dict[str, Any] = Field(
        default={}, alias="schema", title="JSON Schema of the answer", json_schema_extra={"group": "main"}
    )
    retries: int = Field(
        default=2, ge=0, le=5, title="Asks again for an answer that does not fit", json_schema_extra=ADVANCED
    )


P = TypeVar("P", bound=PromptParams)


class PromptNode(NodeType[P], Generic[P]):
    """Ask a model once for each item.

    Outputs: {"text", "json": parsed or null, "finish_reason", "usage"} by "main".
    Raises: NodeFailed: "llm_not_configured", "invalid_model_output", and what a call of a model can end with.
    """

    effect: ClassVar[Effect] = "read"  # each call is a step of its own, which is announced before it begins
    default_timeout_s = 600

    @property
    def can_move(self) -> bool:
        return False  # its steps are the run's

    def choice(self, params: P) -> ModelChoice:
        """Return which model is asked for."""
        raise NotImplementedError

    async def run(self, params: P, item: Item, ctx: NodeContext) -> NodeResult:
        model = await model_of(ctx, item, params, self.choice(params))
        messages = await _messages(params, item, ctx, model.models)
        schema = params.json_form if params.response_format == "schema" else None
        used: list[Completion] = []
        faults: list[str] = []
        value: Any = None
        for number in range(params.retries + 1):
            request = CompletionRequest(
                messages, schema=schema, is_json=params.response_format == "json", sampling=model.params.sampling,
                timeout_s=model.params.timeout_s, stream=model.params.stream,
            )  # fmt: skip
            made = await ask(
                ctx, model.models, model.chosen, request, step=f"m{number}", max_cost_usd=model.params.most_usd
            )
            used.append(made)
            if params.response_format == "text":
                break
            value, faults = await structured.fitted(ctx, made.text, schema)
            if not faults:
                break
            messages = [*messages, made.as_message(), Message("user", structured.again(faults))]
        last = used[-1]
        if faults:
            said = f"After {len(used)} answers, what {model.chosen.model} says does not fit: {faults[0]}"
            raise NodeFailed("invalid_model_output", said[:500], errors=faults, text=last.text[:20_000])
        json = {"text": last.text, "json": value, "finish_reason": last.finish, "usage": usage_of(used)}
        return NodeResult({"main": [{"json": json}]}, warnings=warnings_of(used))


def usage_of(used: list[Completion]) -> dict[str, Any]:
    """Return the `usage` of an output: what all calls used together."""
    shown = used[-1].usage_shown()
    for name in ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"):
        shown[name] = sum(getattr(made.usage, name) for made in used)
    costs = [made.cost_usd for made in used]
    shown["cost_usd"] = None if None in costs else float(sum(cost for cost in costs if cost is not None))
    return shown


def warnings_of(used: list[Completion]) -> tuple[tuple[str, str, str], ...]:
    """Return what went on, but not as asked, each once."""
    return tuple((code, "", message) for code, message in dict.fromkeys(one for made in used for one in made.warnings))


async def _messages(params: PromptParams, item: Item, ctx: NodeContext, models: Models) -> list[Message]:
    """Return the question. Raises: NodeFailed."""
    if not params.prompt and not params.messages and not params.images:
        raise NodeFailed("invalid_params", "There is neither a prompt nor a message to answer")
    schema = params.json_form if params.response_format == "schema" else None
    if params.response_format == "schema" and not params.json_form:
        raise NodeFailed("invalid_params", "The answer is to fit a schema, and there is none", field="schema")
    system = [params.system] if params.system else []
    if params.response_format != "text":
        system.append(structured.told(schema))
    images = [await _image(name, item, ctx, models) for name in params.images]
    made = [Message("system", "\n\n".join(system))] if system else []
    made += [Message(turn.role, turn.content) for turn in params.messages]
    if params.prompt or images:
        made.append(Message("user", params.prompt, images))
    return made


async def _image(name: str, item: Item, ctx: NodeContext, models: Models) -> Image:
    """Return a picture: a file of the item, or what is at an address."""
    if name.startswith(("http://", "https://")):
        return await models.image(name)
    reference: Mapping[str, Any] | None = item.get("binary", {}).get(name)
    if reference is None:
        raise NodeFailed("invalid_input", f"The item has no file {name!r}"[:300])
    content = await ctx.files.load(reference)
    if len(content) > MOST_IMAGE_BYTES:
        raise NodeFailed("invalid_input", f"{name!r} is larger than {MOST_IMAGE_BYTES // 2**20} MiB"[:300])
    return Image(content, str(reference.get("mime_type") or "application/octet-stream"))
