"""Asking a model, whatever its provider: the one way out."""

from __future__ import annotations

import asyncio

from core.http.client import GuardedClient
from inference.models import failures, openai_wire
from inference.models.endpoint import OPENAI_WIRE, Call
from nodes.language_models import Completion, OnDelta


async def complete(client: GuardedClient, call: Call, on_delta: OnDelta | None = None) -> Completion:
    """Ask a model once; `on_delta` is told of its words and thoughts as they come.

    Raises: NodeFailed: "credential_invalid", "model_unknown", "context_too_long", "model_refused",
    "model_refused_request", "model_answer_too_large", "ssrf_blocked"; retryable: "rate_limited", "model_unreachable",
    "model_cut_off", "model_failed", "node_timeout".
    """
    provider, limit_s = call.endpoint.provider, call.request.timeout_s
    try:
        async with asyncio.timeout(limit_s) as limit:
            try:
                return await _asked(client, call, on_delta)
            except asyncio.CancelledError:
                raise
            except Exception as exc:  # noqa: BLE001 (whatever a provider's library raises is an error of the call)
                failed = failures.of_exception(provider, exc)
                raise failed from (None if exc is failed else exc)
    except TimeoutError:
        if limit.expired():
            raise failures.timed_out(provider, limit_s) from None
        raise


async def _asked(client: GuardedClient, call: Call, on_delta: OnDelta | None) -> Completion:
    if call.endpoint.provider in OPENAI_WIRE:
        return await openai_wire.complete(client, call, on_delta)
    from inference.models import langchain_wire  # noqa: PLC0415 (a worker that asks none of these does not pay for it)

    return await langchain_wire.complete(client, call, on_delta)
