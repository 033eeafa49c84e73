"""The engine's threads for the database: nobody's hundred large files keep another from one of them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from executor.database_work import OWNER, DatabaseWork


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
