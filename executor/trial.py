"""User code tried once, outside of any run: a jail of its own, for the process that asks, for as long as that takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from executor.sandbox.outcome import order_of
from executor.sandbox.pool import Pool, SandboxUnavailable
from nodes.base import CodeOutcome, CodeRequest
from nodes.custom.trial import CodeSandboxUnavailable


def run_all(requests: Sequence[CodeRequest]) -> list[CodeOutcome]:
    """Run requests one after the other. Raises: CodeSandboxUnavailable."""

    async def go() -> list[CodeOutcome]:
        pool = Pool(1)
        try:
            return [await pool.run(*order_of(request)) for request in requests]
        except SandboxUnavailable as exc:
            raise CodeSandboxUnavailable(f"User code does not run here: {exc}") from exc
        finally:
            pool.close()

    return asyncio.run(go())
