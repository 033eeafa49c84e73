"""Questions of many rows put to the database as one: what is asked while one answer is on its way goes together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from core.database.errors import is_outage

MOST = 50
LIMIT_S = 20
LATER = object()  # what work says of a thing that it did not come to; of one at least it says more
Work = Callable[[Sequence[Any]], Mapping[Any, Any]]


class Gathering:
    """Asks one sort of question, `work`, in threads that `call` has, in two at once at most; nobody waits for more."""

    def __init__(self, call: Callable[..., Awaitable[Any]], work: Work) -> None:
        self._call = call
        self._work = work
        self._asked: dict[Any, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, about: Any) -> Any:
        """Return what `work` says about one thing; None where it says nothing. Raises what it raises about that one."""
        if about not in self._asked:
            self._asked[about] = asyncio.get_running_loop().create_future()
        future = self._asked[about]
        if len(self._tasks) < 2:
            task = asyncio.create_task(self._answer_all())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(future)  # whoever waits no longer ends it for nobody else

    async def _answer_all(self) -> None:
        await asyncio.sleep(0)  # rows that were claimed together ask together
        while self._asked:
            chosen = list(self._asked)[:MOST]
            await self._answer({about: self._asked.pop(about) for about in chosen})

    async def _answer(self, asked: Mapping[Any, asyncio.Future[Any]]) -> None:
        try:
            async with asyncio.timeout(LIMIT_S):
                found = await self._call(self._work, list(asked))
        except BaseException as exc:
            if isinstance(exc, Exception) and len(asked) > 1 and not (isinstance(exc, OSError) or is_outage(exc)):
                # it may be about one of them only
                for about, future in asked.items():
                    await self._answer({about: future})
                return
            for future in asked.values():
                _end(future, exc)
            if not isinstance(exc, Exception):
                raise
        else:
            later = {about: future for about, future in asked.items() if found.get(about) is LATER}
            for about, future in asked.items():
                if about not in later and not future.done():
                    future.set_result(found.get(about))
            if later:
                await self._answer(later)


def _end(future: asyncio.Future[Any], exc: BaseException) -> None:
    if future.done():
        return
    if isinstance(exc, Exception):
        future.set_exception(exc)
        future.exception()  # where nobody waits for it any more it needs no complaint
    else:
        future.cancel()
