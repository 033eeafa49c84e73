"""A model that is asked: which one, and its calls as steps, tried again where that is wanted and can help."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from core import jitter
from nodes.base import NodeContext, NodeFailed
from nodes.handlers.ai.asking import shown
from nodes.language_models import Asked, Channel, ChosenModel, Completion, CompletionRequest, Message, Models, Sampling

TRIES = 3  # of one call, within its step
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 20.0  # who is to wait longer gives up: the node's own retries give the worker back meanwhile

Shorter = Callable[[Sequence[Message]], "Sequence[Message] | None"]


@dataclass(frozen=True, slots=True)
class AskedModel:
    """A model that is asked, with how its answers are drawn."""

    models: Models
    chosen: ChosenModel
    sampling: Sampling
    timeout_s: float
    stream: bool
    max_cost_usd: Decimal | None
    is_patient: bool = False  # a call that fails is tried again in its step, where that can help
    sends_secrets: bool = False

    def question(self, messages: Sequence[Message], **more: Any) -> CompletionRequest:
        return CompletionRequest(messages, sampling=self.sampling, timeout_s=self.timeout_s, stream=self.stream, **more)

    async def answer(
        self, ctx: NodeContext, request: CompletionRequest, *, step: str, shorter: Shorter | None = None
    ) -> tuple[Completion, bool]:
        """Return the answer, and whether the question had to be made shorter to fit. It is a step of this name.

        Raises: NodeFailed.
        """

        def heard(text: str, channel: Channel) -> None:
            ctx.emit(text, channel=channel, step=step)

        async def ask(key: str, request: CompletionRequest) -> dict[str, Any]:
            on_delta = heard if request.stream else None
            asked = Asked(request, key, on_delta, self.max_cost_usd, self.sends_secrets)
            made = await self._patiently(asked) if self.is_patient else await self.models.complete(self.chosen, asked)
            ctx.spend(made.usage)
            return made.as_record()

        async def work(key: str) -> dict[str, Any]:
            try:
                return await ask(key, request)
            except NodeFailed as exc:
                less = shorter(request.messages) if shorter and exc.node_code == "context_too_long" else None
                if less is None:
                    raise
            return {**await ask(f"{key}:short", replace(request, messages=less)), "is_shortened": True}

        record = await ctx.step(step, work, kind="model", given=shown(self.chosen, request))
        return Completion.of(record), bool(record.get("is_shortened"))

    async def _patiently(self, asked: Asked) -> Completion:
        """Ask a few times: one busy provider late in a long conversation is no reason to begin it anew."""
        pause_s = FIRST_PAUSE_S
        for number in range(1, TRIES + 1):
            try:
                return await self.models.complete(self.chosen, asked)
            except NodeFailed as exc:
                wait_s = max(pause_s * jitter.between(0.8, 1.2), exc.retry_after_s or 0.0)
                if not exc.retryable or number == TRIES or wait_s > LONGEST_PAUSE_S:
                    raise
            await asyncio.sleep(wait_s)
            pause_s *= 3
        raise AssertionError("the last try returns or raises")
