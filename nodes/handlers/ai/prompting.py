"""A node that puts one question to a model: what the provider nodes and `llm` have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from nodes.base import Effect, NodeContext, NodeFailed, NodeResult, NodeType
from nodes.handlers.ai.agents.remembering import Memory
from nodes.handlers.ai.agents.rounds import shorter
from nodes.handlers.ai.choosing_model import dependence, model_of
from nodes.handlers.ai.model_params import ADVANCED, ModelParams
from nodes.handlers.ai.questions import Wanted, answered, usage_of, warnings_of
from nodes.handlers.ai.vetting import vetted_at, written_in
from nodes.items import Item
from nodes.language_models import Image, Message, ModelChoice, Models

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


@dataclass(frozen=True, slots=True)
class Setting:
    """What a question stands in: its texts as they were asked first, what was said before, what is wanted."""

    prompt: str
    system: str
    wanted: Wanted
    memory: Memory | None = None


class PromptNode(NodeType[P], Generic[P]):
    """Ask a model once for each item.

    Outputs: {"text", "json": parsed or null, "finish_reason", "usage"} by "main".
    Raises: NodeFailed: "llm_not_configured", "invalid_model_output", "content_blocked", and what a call of a model can
    end with.
    """

    effect: ClassVar[Effect] = "read"  # each call is a step of its own, which is announced before it begins
    default_timeout_s = 600

    @property
    def can_move(self) -> bool:
        return False  # its steps are the run's

    def choice(self, params: P) -> ModelChoice:
        """Return which model is asked for."""
        raise NotImplementedError

    def model_calls(self, params: Mapping[str, Any]) -> tuple[int, int] | None:
        retries = params.get("retries", 2)
        is_text = params.get("response_format", "text") == "text"
        return 1, 1 if is_text or not isinstance(retries, int) else retries + 1

    async def depends_on(self, params: P, item: Item, ctx: NodeContext) -> Any:
        return await dependence(ctx, item, params, self.choice(params))

    async def setting(self, params: P, item: Item, ctx: NodeContext) -> Setting:
        """Return what the question stands in. Raises: NodeFailed."""
        if params.response_format == "schema" and not params.json_form:
            raise NodeFailed("invalid_params", "The answer is to fit a schema, and there is none", field="schema")
        schema = params.json_form if params.response_format == "schema" else None
        return Setting(params.prompt, params.system, Wanted(params.response_format, schema, params.retries))

    async def run(self, params: P, item: Item, ctx: NodeContext) -> NodeResult:
        setting = await self.setting(params, item, ctx)
        model = (await model_of(ctx, item, params, self.choice(params))).asked()
        warnings = await vetted_at(ctx, _texts(params, ctx.written))
        messages = await _messages(params, setting, item, ctx, model.models)
        memory = setting.memory
        made = await answered(ctx, model, messages, setting.wanted, shorter=shorter if memory is not None else None)
        used = made.used
        if memory is not None:
            asked = setting.prompt or next((one.text for one in reversed(messages) if one.role == "user"), "")
            used = [*used, *await memory.keep(ctx, asked, [made.last.as_message()], model)]
        json = {
            "text": made.last.text, "json": made.value, "finish_reason": made.last.finish, "usage": usage_of(used),
        }  # fmt: skip
        return NodeResult({"main": [{"json": json}]}, warnings=(*warnings_of(used), *warnings))


def _texts(params: PromptParams, written: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """Return the texts of a question: (param, what its author wrote, what it became) each."""
    listed = written.get("messages")
    return [
        ("prompt", written.get("prompt"), params.prompt), ("system", written.get("system"), params.system),
        *(("messages", written_in(listed, at, "content"), turn.content) for at, turn in enumerate(params.messages)),
    ]  # fmt: skip


async def _messages(
    params: PromptParams, setting: Setting, item: Item, ctx: NodeContext, models: Models
) -> list[Message]:
    """Return the question. Raises: NodeFailed."""
    if not setting.prompt and not params.messages and not params.images:
        raise NodeFailed("invalid_params", "There is neither a prompt nor a message to answer")
    system = [part for part in (setting.system, setting.wanted.told) if part]
    images = [await _image(name, item, ctx, models) for name in params.images]
    made = [Message("system", "\n\n".join(system))] if system else []
    made += setting.memory.before if setting.memory is not None else []
    made += [Message(turn.role, turn.content) for turn in params.messages]
    if setting.prompt or images:
        made.append(Message("user", setting.prompt, images))
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
