"""The Summarizer node: a text in few words, however long it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from pydantic import Field

from nodes.base import Look, NodeContext, NodeFailed, NodeResult
from nodes.costs import of_text
from nodes.handlers.ai.questions import Wanted, usage_of, warnings_of
from nodes.handlers.ai.texts.chunks import chunks, grouped
from nodes.handlers.ai.texts.text_model import Reader, TextNode, TextParams, check_text, reader
from nodes.handlers.ai.vetting import vetted_at
from nodes.items import Item
from nodes.language_models import CHARS_PER_TOKEN, Completion

MOST_PARTS = 500
USUAL_PARTS = 10  # of a long text, with what joins them: nobody knows before it is there
AT_ONCE = 5  # calls of one item
CUT_MS_PER_MB = 20.0
TEXT = Wanted()
WHOLE = "You sum up a text. Say what matters in it, and nothing that it does not say."
PART = "You sum up one part of a longer text. Keep names, numbers and dates; say nothing that it does not say."
JOINED = "You are given summaries of the parts of one text, in their order. Make one summary of the whole of them."
REFINED = (
    "You are given the summary of a text so far, and the next part of it. Write the summary anew, so that it holds "
    "what matters in both."
)


class SummarizerParams(TextParams):
    style: Literal["map_reduce", "refine", "stuff"] = Field(
        default="map_reduce", title="How",
        description="Parts for themselves, then together; one part after the other; or all of it at once",
        json_schema_extra={
            "option_labels": {"map_reduce": "Parts, then together", "refine": "Part by part", "stuff": "All at once"}
        },
    )  # fmt: skip
    chunk_size: int = Field(
        default=4000, ge=100, le=500_000, title="Tokens of a part", json_schema_extra={"group": "advanced"}
    )
    language: str = Field(default="", max_length=100, title="Language", description="Empty: that of the text")
    max_words: int | None = Field(default=None, ge=1, le=100_000, title="Words at most")

    @property
    def chunk_chars(self) -> int:
        return int(self.chunk_size * CHARS_PER_TOKEN)

    @property
    def manner(self) -> str:
        """What a model is told of how to write."""
        language = f"Write in {self.language}." if self.language else "Write in the language of the text."
        return language + (f" Use at most {self.max_words} words." if self.max_words else "")


class Summarizer(TextNode[SummarizerParams]):
    """Let a model sum up a text.

    Outputs: {"summary", "usage"} by "main". Raises: NodeFailed: "text_too_long" for one of too many parts,
    "content_blocked", and what a call of a model can end with.
    """

    kind = "summarizer"
    Params = SummarizerParams
    default_timeout_s = 3600
    look = Look(
        label="Summarizer",
        description="Sums up a text with a language model.",
        category="ai",
        icon="text",
        color="#9333ea",
        summary="{{ style }}",
        aliases=("summary", "tldr", "shorten", "condense"),
        docs="A text of more than `chunk_size` tokens is read in parts. With `map_reduce` each part is summed up for "
        "itself, five at a time, and the summaries then together; `refine` goes through the parts and mends one "
        "summary; `stuff` sends all of it at once, however long. Each call is a step: one that has ended is not made "
        "again. Tokens are guessed, 3.5 characters each. The model is that in the slot, else as for *Ask a model*.",
        output_fields=(("summary", "string"), ("usage", "json")),
    )

    def model_calls(self, params: Mapping[str, Any]) -> tuple[int, int] | None:
        return 1, 1 if params.get("style") == "stuff" else USUAL_PARTS

    async def run(self, params: SummarizerParams, item: Item, ctx: NodeContext) -> NodeResult:
        check_text(params.text)
        parts = [params.text]
        if params.style != "stuff":
            parts = await ctx.compute(
                chunks, params.text, params.chunk_chars, cost_ms=of_text(params.text, CUT_MS_PER_MB)
            )
        if len(parts) > MOST_PARTS:
            said = f"The text has {len(parts)} parts, and {MOST_PARTS} are allowed: make them larger"
            raise NodeFailed("text_too_long", said, limit=MOST_PARTS, parts=len(parts))
        warnings = await vetted_at(ctx, [("text", ctx.written.get("text"), part) for part in parts])
        making = Summing(ctx, await reader(ctx, item, params, is_patient=True), params)
        summary = await (making.refined(parts) if params.style == "refine" else making.reduced(parts))
        json = {"summary": summary, "usage": usage_of(making.used)}
        told = (*warnings_of(making.used), *dict.fromkeys(warnings))
        return NodeResult({"main": [{"json": json}]}, warnings=told)


@dataclass(slots=True)
class Summing:
    """One text that is summed up. `used` are all answers, for what they cost."""

    ctx: NodeContext
    reading: Reader
    params: SummarizerParams
    used: list[Completion] = field(default_factory=list[Completion])

    async def reduced(self, parts: Sequence[str]) -> str:
        """Sum up parts for themselves, then their summaries together, until there is one."""
        if len(parts) == 1:
            return await self._asked("m0-", WHOLE, ("text", parts[0]))
        works = [partial(self._asked, f"m{at}-", PART, (f"part {at + 1}", part)) for at, part in enumerate(parts)]
        made = await self._bounded(works)
        level = 0
        while len(made) > 1:
            groups = grouped(made, self.params.chunk_chars)
            joins = [
                partial(
                    self._asked, f"r{level}-{at}-", JOINED, *((f"part {n + 1}", one) for n, one in enumerate(group))
                )
                for at, group in enumerate(groups)
            ]
            made = await self._bounded(joins)
            level += 1
        return made[0]

    async def refined(self, parts: Sequence[str]) -> str:
        """Sum up the first part, and mend that with each that follows."""
        summary = await self._asked("m0-", WHOLE, ("text", parts[0]))
        for at, part in enumerate(parts[1:], 1):
            summary = await self._asked(f"m{at}-", REFINED, ("summary so far", summary), (f"part {at + 1}", part))
        return summary

    async def _asked(self, prefix: str, instructions: str, *texts: tuple[str, str]) -> str:
        made = await self.reading.answer(f"{instructions} {self.params.manner}", TEXT, *texts, prefix=prefix)
        self.used += made.used
        return made.last.text.strip()

    async def _bounded(self, works: Sequence[Callable[[], Awaitable[str]]]) -> list[str]:
        """Do works side by side, a few at a time; returns what they gave, in their order."""
        made = [""] * len(works)
        waiting = iter(enumerate(works))

        async def lane() -> None:
            for at, work in waiting:
                made[at] = await work()

        await self.ctx.side_by_side([lane] * min(AT_ONCE, len(works)))
        return made


def numbered(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return texts with what they are called for the model."""
    return [(f"part {at}", text) for at, text in enumerate(texts, 1)]
