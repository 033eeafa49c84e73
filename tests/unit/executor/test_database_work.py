"""The engine's threads for the database: nobody's hundred large files keep another from one of them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from executor.database.orm import OWNER, DatabaseWork


def test_a_hundred_calls_of_one_owner_leave_a_thread_to_another() -> None:
    may_end = threading.Semaphore(0)
    order: list[str] = []

    def save() -> None:
        may_end.acquire()
        order.append("large")

    async def asking(owner: str, work: Any, database: DatabaseWork) -> None:
        OWNER.set(owner)
        await database.do(work)

    async def go() -> None:
        with ThreadPoolExecutor(4) as threads:
            database = DatabaseWork(lambda work: work(), threads, 4)
            large = [asyncio.create_task(asking("greedy", save, database)) for _ in range(100)]
            await asyncio.sleep(0)
            small = asyncio.create_task(asking("modest", lambda: order.append("small"), database))
            try:
                await asyncio.wait_for(small, 10)
            finally:
                may_end.release(100)
            await asyncio.gather(*large)

    asyncio.run(go())
    assert order[0] == "small"


def test_calls_that_nobody_waits_for_any_more_keep_their_places_as_long_as_their_threads_work() -> None:
    """Else whoever asks and goes away again takes all threads, one after the other."""
    may_end = threading.Semaphore(0)

    async def asking(owner: str, work: Any, database: DatabaseWork) -> None:
        OWNER.set(owner)
        await database.do(work)

    async def go() -> None:
        with ThreadPoolExecutor(4) as threads:
            database = DatabaseWork(lambda work: work(), threads, 4)
            try:
                for _ in range(10):
                    gone = asyncio.create_task(asking("greedy", may_end.acquire, database))
                    await asyncio.sleep(0.01)
                    gone.cancel()
                    await asyncio.wait([gone])
                assert (database._places.held_by("greedy"), database._places.free) == (3, 1)
                await asyncio.wait_for(asking("modest", lambda: None, database), 10)
            finally:
                may_end.release(10)
        await asyncio.sleep(0)
        assert database._places.free == 4

    asyncio.run(go())
