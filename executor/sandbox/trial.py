"""User code tried once, outside of any run: a jail of its own, for the process that asks, for as long as that takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from threading import BoundedSemaphore

from executor.sandbox.outcome import order_of
from executor.sandbox.pool import Pool, SandboxUnavailable
from nodes.abilities import CodeOutcome, CodeRequest
from nodes.custom.trial import CodeSandboxUnavailable

TOTAL_S = 30.0  # somebody waits for the answer
ONE_S = 10.0
_PLACES = BoundedSemaphore(2)  # of this process: each is an interpreter of its own


def run_all(requests: Sequence[CodeRequest]) -> list[CodeOutcome]:
    """Run requests one after the other, as many as there is time for. Raises: CodeSandboxUnavailable."""
    if not _PLACES.acquire(timeout=TOTAL_S):
        raise CodeSandboxUnavailable("Too much user code is being tried; try again later")
    try:
        return asyncio.run(_run_all(requests))
    except SandboxUnavailable as exc:
        raise CodeSandboxUnavailable(f"User code does not run here: {exc}") from exc
    finally:
        _PLACES.release()


async def _run_all(requests: Sequence[CodeRequest]) -> list[CodeOutcome]:
    pool = Pool(1)
    end = asyncio.get_running_loop().time() + TOTAL_S
    outcomes: list[CodeOutcome] = []
    try:
        for request in requests:
            left_s = end - asyncio.get_running_loop().time()
            if left_s <= 0:
                break
            limited = replace(request, limit_s=min(request.limit_s, ONE_S, max(left_s, 0.1)))
            outcomes.append(await pool.run(*order_of(limited)))
    finally:
        pool.close()
    return outcomes
