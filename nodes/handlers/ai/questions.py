"""A question that is asked until its answer has the shape that is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nodes.base import NodeContext, NodeFailed
from nodes.handlers.ai import structured
from nodes.handlers.ai.asked_model import AskedModel, Shorter
from nodes.language_models import Completion, Message

RETRIES = 2  # of an answer that does not fit, where nothing else is said
Form = Literal["text", "json", "schema"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an answer has to look like, and how often one that does not fit is asked for again."""

    form: Form = "text"
    schema: Mapping[str, Any] | None = None
    retries: int = RETRIES

    @property
    def told(self) -> str:
        """What a model is told of it."""
        return "" if self.form == "text" else structured.told(self.schema)


@dataclass(frozen=True, slots=True)
class Answered:
    """The last answer, what it holds as JSON, and all answers that there were, for what they cost."""

    last: Completion
    value: Any
    used: list[Completion]


async def answered(
    ctx: NodeContext, model: AskedModel, messages: Sequence[Message], wanted: Wanted, *, prefix: str = "m",
    shorter: Shorter | None = None,
) -> Answered:  # fmt: skip
    """Ask a model; each call is a step, named by the prefix and its number. `shorter` is what is left out if need be.

    Raises: NodeFailed: "invalid_model_output", and what a call of a model can end with.
    """
    used: list[Completion] = []
    faults: list[str] = []
    for number in range(wanted.retries + 1):
        request = model.question(messages, schema=wanted.schema, is_json=wanted.form == "json")
        made, is_shorter = await model.answer(ctx, request, step=f"{prefix}{number}", shorter=shorter)
        if is_shorter and shorter is not None:
            messages = shorter(messages) or messages
        used.append(made)
        if wanted.form == "text":
            return Answered(made, None, used)
        value, faults = await structured.fitted(ctx, made.text, wanted.schema)
        if not faults:
            return Answered(made, value, used)
        messages = [*messages, made.as_message(), Message("user", structured.again(faults))]
    said = f"After {len(used)} answers, what {model.chosen.model} says does not fit: {faults[0]}"
    raise NodeFailed("invalid_model_output", said[:500], errors=faults, text=used[-1].text[:20_000])


def usage_of(used: Sequence[Completion]) -> dict[str, Any]:
    """Return the `usage` of an output: what all calls used together."""
    shown = used[-1].usage_shown()
    for name in ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"):
        shown[name] = sum(getattr(made.usage, name) for made in used)
    costs = [made.cost_usd for made in used]
    shown["cost_usd"] = None if None in costs else float(sum(cost for cost in costs if cost is not None))
    return shown


def warnings_of(used: Sequence[Completion]) -> tuple[tuple[str, str, str], ...]:
    """Return what went on, but not as asked, each once."""
    return tuple((code, "", message) for code, message in dict.fromkeys(one for made in used for one in made.warnings))
