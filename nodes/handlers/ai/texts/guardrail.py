"""The Guardrail node: what a text holds that is not to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from core.text import sensitive
from core.values.kinds import is_list
from nodes.base import Look, NodeContext, NodeResult, Port
from nodes.costs import of_text
from nodes.handlers.ai.questions import RETRIES, Wanted, usage_of, warnings_of
from nodes.handlers.ai.texts.languages import COST_MS, language_of
from nodes.handlers.ai.texts.text_model import TextNode, TextParams, reader, with_fields
from nodes.handlers.ai.vetting import found_in, rules
from nodes.items import Item
from nodes.language_models import Completion
from nodes.warnings import warning

Check = Literal["prompt_injection", "pii", "secrets", "language", "topic"]
SPOTS_MS_PER_MB = 1000.0
NO_TOPIC = "none of them"
ASKED = "You say which of these topics a text is about, or that it is about none of them. Look only at the text: "


class GuardrailParams(TextParams):
    text: str = Field(title="Text", json_schema_extra={"multiline": True})
    checks: list[Check] = Field(
        default=["prompt_injection", "pii", "secrets"], min_length=1, title="Look for",
        json_schema_extra={"option_labels": {"pii": "Personal data"}},
    )  # fmt: skip
    languages: list[str] = Field(
        default=[], max_length=50, title="Languages that may pass", description='Of two letters: "en", "de"'
    )
    topics: list[str] = Field(default=[], max_length=50, title="Topics that may pass")
    action: Literal["route", "mask"] = Field(
        default="route", title="What is found",
        json_schema_extra={"option_labels": {"route": "Blocks the item", "mask": "Is masked where that can be done"}},
    )  # fmt: skip

    @field_validator("languages")
    @classmethod
    def _are_codes(cls, languages: list[str]) -> list[str]:
        if not all(len(code) == 2 and code.isascii() and code.isalpha() for code in languages):
            raise ValueError("languages are named by two letters, as ISO 639-1 does")
        return [code.lower() for code in languages]

    @model_validator(mode="after")
    def _are_complete(self) -> GuardrailParams:
        for check, listed in (("language", self.languages), ("topic", self.topics)):
            if check in self.checks and not listed:
                raise ValueError(f"to check the {check}, say which may pass")
        return self


@dataclass(frozen=True, slots=True)
class Found:
    """Something that a check has found, and where in the text; `blocks`: the item is not to pass."""

    check: Check
    kind: str
    at: int
    length: int
    detail: str = ""
    blocks: bool = True
    mask: str = ""  # what may stand in its place

    def as_finding(self) -> dict[str, Any]:
        shown = asdict(self)
        del shown["mask"]
        return shown


class Guardrail(TextNode[GuardrailParams]):
    """Look through a text, and send the item on by "passed" or "blocked".

    Outputs: the item with "findings": [{"check", "kind", "at", "length", "detail", "blocks"}]; with `mask` its "text"
    without what was masked; "usage" where a model was asked. Raises: NodeFailed.
    """

    kind = "guardrail"
    Params = GuardrailParams
    outputs = (Port("passed", "Passed"), Port("blocked", "Blocked"))
    look = Look(
        label="Guardrail",
        description="Looks for attacks, personal data, secrets, languages and topics in a text.",
        category="ai",
        icon="shield-check",
        color="#9333ea",
        summary="{{ checks }}",
        aliases=("safety", "moderation", "pii", "prompt injection", "filter"),
        docs="`prompt_injection` looks for the patterns that staff keep under Administration: those that block do so "
        "here too, those that warn are findings of an item that passes. `pii` finds e-mail addresses, card, bank and "
        "phone numbers, US social security numbers and IP addresses; `secrets` keys, tokens, passwords. `language` "
        "blocks a text in another language than those named; one too short to tell passes. `topic` asks a model, and "
        "only where nothing else blocks. With `mask`, personal data and secrets are replaced in `text`, and the item "
        "passes. `at` and `length` count characters.",
        output_fields=(("findings", "json"), ("text", "string"), ("usage", "json")),
    )

    def model_calls(self, params: Mapping[str, Any]) -> tuple[int, int] | None:
        checks = params.get("checks", ())
        return (0, RETRIES + 1) if is_list(checks) and "topic" in checks else None

    async def depends_on(self, params: GuardrailParams, item: Item, ctx: NodeContext) -> Any:
        if "topic" in params.checks:
            return await super().depends_on(params, item, ctx)
        return asdict(await rules(ctx))

    async def run(self, params: GuardrailParams, item: Item, ctx: NodeContext) -> NodeResult:
        found = [*await _attacks(params, ctx), *await _spots(params, ctx), *await _language(params, ctx)]
        text = masked(params.text, found) if params.action == "mask" else params.text
        used: list[Completion] = []
        if "topic" in params.checks and text.strip() and not any(one.blocks for one in found):
            off, used = await _topic(params, text, item, ctx)
            found += off
        found.sort(key=lambda one: one.at)
        more: dict[str, Any] = {"findings": [one.as_finding() for one in found]}
        if params.action == "mask":
            more["text"] = text
        if used:
            more["usage"] = usage_of(used)
        handle = "blocked" if any(one.blocks for one in found) else "passed"
        told = [
            warning("prompt_injection", "text", f"text may hold instructions: {one.kind} {one.detail!r}")
            for one in found
            if one.check == "prompt_injection"
        ]
        return NodeResult({handle: [with_fields(item, **more)]}, warnings=(*warnings_of(used), *dict.fromkeys(told)))


async def _attacks(params: GuardrailParams, ctx: NodeContext) -> list[Found]:
    if "prompt_injection" not in params.checks:
        return []
    return [
        Found("prompt_injection", one.kind, one.at, one.length, one.detail, one.action == "block")
        for one in await found_in(ctx, params.text, await rules(ctx))
    ]


async def _spots(params: GuardrailParams, ctx: NodeContext) -> list[Found]:
    """Return personal data and secrets, as far as they are looked for; what they are does not stand in a finding."""
    if not {"pii", "secrets"} & set(params.checks):
        return []
    made: list[list[Any]] = await ctx.compute(
        spots_of, params.text, list(params.checks), cost_ms=of_text(params.text, SPOTS_MS_PER_MB)
    )
    is_masked = params.action == "mask"
    return [Found(check, kind, at, length, "", not is_masked, mask) for check, kind, at, length, mask in made]


def spots_of(text: str, checks: Sequence[str]) -> list[list[Any]]:
    """Return [check, kind, at, length, mask] of each piece of a text that one of the checks is for."""
    made: list[list[Any]] = []
    for spot in sensitive.spots(text):
        check = "pii" if spot.kind in sensitive.PERSONAL else "secrets"
        if check in checks:
            made.append([check, spot.kind, spot.at, spot.length, spot.mask])
    return made


def masked(text: str, found: Sequence[Found]) -> str:
    """Return a text with what may be replaced."""
    pieces: list[str] = []
    at = 0
    for one in sorted((one for one in found if one.mask), key=lambda one: one.at):
        pieces += [text[at : one.at], one.mask]
        at = one.at + one.length
    return "".join([*pieces, text[at:]])


async def _language(params: GuardrailParams, ctx: NodeContext) -> list[Found]:
    if "language" not in params.checks or not params.text.strip():
        return []
    code, sure = await ctx.compute(language_of, params.text[:10_000], cost_ms=COST_MS)
    if code is None or code in params.languages:
        return []
    return [Found("language", code, 0, len(params.text), f"{code}, {sure:.2f}")]


async def _topic(
    params: GuardrailParams, text: str, item: Item, ctx: NodeContext
) -> tuple[list[Found], list[Completion]]:
    schema = {
        "type": "object",
        "properties": {"topic": {"type": "string", "enum": [*params.topics, NO_TOPIC]}},
        "required": ["topic"],
        "additionalProperties": False,
    }
    reading = await reader(ctx, item, params)
    made = await reading.answer(ASKED + "; ".join(params.topics), Wanted("schema", schema), (ctx.label, text))
    is_off = made.value["topic"] == NO_TOPIC
    return ([Found("topic", "off_topic", 0, len(text))] if is_off else []), made.used
