"""The WebSockets: one execution's progress, and the tasks that wait for a user."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from redis.exceptions import RedisError

from core.access.roles import Role
from core.errors import Missing
from core.json import fragment, loads_own, written
from core.models import User
from core.redis import run_stream
from core.redis.clients import async_client
from core.web.rendering import encode, plain
from executor import selectors
from executor.journal.whole_values import UNBUILT
from executor.models import HumanTask
from orchestrator.executions.serializers import ExecutionOutput
from orchestrator.people import tasks
from orchestrator.people.serializers import HumanTaskOutput
from streaming.reader import Reader
from streaming.sockets import NOT_FOUND, Message, Socket

__all__ = ["NOT_FOUND", "ExecutionConsumer", "TasksConsumer"]
COMPARE_EVERY_S = 2.0
NODE_RUNS_TOLD = 5000
TASKS_TOLD = 500
TASKS_BYTES = 256 * 1024  # of those that are told together; the others come one by one
TASKS_READ = 5
REASSIGNED = "reassigned"  # told of a task that is open, but asks this user no more
Handler = Callable[[Message, str | None], Awaitable[None]]


def _state(actor: User, execution_id: UUID) -> dict[str, Any]:
    try:
        without = (*selectors.HIDDEN, *UNBUILT)
        execution = selectors.execution_for(actor, execution_id, needs=Role.VIEWER, without=without)
        runs, is_cut = selectors.node_run_statuses(execution_id, NODE_RUNS_TOLD)
        return {
            "type": "state",
            "execution": plain(ExecutionOutput().to_representation(execution)),
            "node_runs": runs,
            **({"node_runs_truncated": True} if is_cut else {}),
            "last_sequence": execution.state.last_seq,
        }
    finally:
        connection.close()


class ExecutionConsumer(Socket):
    """State first, then events from now on; `subscribe` with a position brings the missing ones."""

    execution_id: UUID

    async def connect(self) -> None:
        self.execution_id = self.scope["url_route"]["kwargs"]["execution_id"]
        self.wanted: list[str] = ["*"]
        self.unwanted: list[str] = []
        self.pump: asyncio.Task[None] | None = None
        await super().connect()

    def handlers(self) -> dict[str, Handler]:
        return {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "sync": self._state_again,
            "respond": self._respond_here,
        }

    async def opened(self) -> None:
        await self.tell({"type": "connected", "execution_id": str(self.execution_id)})
        state = await self.tell_state()
        self.follow(state["last_sequence"])

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        await self.stop_following()

    def follow(self, cursor: int) -> None:
        self.pump = self.attend(self._pump(cursor))

    async def stop_following(self) -> None:
        if self.pump is not None:
            self.pump.cancel()
            await asyncio.wait([self.pump])

    async def _pump(self, cursor: int) -> None:
        """Hand events on; a socket of whom the run is not there for any more is closed."""
        try:
            async for event in Reader(self.execution_id, cursor, self.log_in).events():
                if event is not None and self._is_wanted(event.type):
                    await self.send(text_data=f'{{"type":"event","event":{event.json.decode()}}}')
        except Missing:
            await self.close(NOT_FOUND)

    def _is_wanted(self, kind: str) -> bool:
        named = any(fnmatchcase(kind, pattern) for pattern in self.wanted)
        return named and not any(fnmatchcase(kind, pattern) for pattern in self.unwanted)

    async def tell_state(self) -> dict[str, Any]:
        state: dict[str, Any] = await sync_to_async(_state)(self.user, self.execution_id)
        await self.tell(state)
        return state

    async def _subscribe(self, message: Message, ref: str | None) -> None:
        types = _texts(message.get("types")) or ["*"]
        self.wanted, self.unwanted = types, []
        position = message.get("after_sequence")
        await self.tell({"type": "ack", "ref": ref, "ok": True})
        if isinstance(position, int) and not isinstance(position, bool) and position >= 0:
            await self.stop_following()
            self.follow(position)

    async def _unsubscribe(self, message: Message, ref: str | None) -> None:
        self.unwanted.extend(_texts(message.get("types")) or ["*"])
        await self.tell({"type": "ack", "ref": ref, "ok": True})

    async def _state_again(self, message: Message, ref: str | None) -> None:
        await self.tell_state()

    async def _respond_here(self, message: Message, ref: str | None) -> None:
        await self.respond(message)
        await self.tell({"type": "ack", "ref": ref, "ok": True})


class TasksConsumer(Socket):
    """The tasks that wait for a user: all of them first, then each that comes and goes.

    What Redis rings is compared with the rows, and the rows are asked every two seconds anyway.
    """

    async def connect(self) -> None:
        self.known: set[str] = set()
        self.watch: asyncio.Task[None] | None = None
        await super().connect()

    def handlers(self) -> dict[str, Handler]:
        return {"respond": self._respond_here}

    async def opened(self) -> None:
        await self.tell({"type": "connected", "user_id": str(self.user.pk)})
        shown = await sync_to_async(self._first)()
        self.known = set(shown)
        await self.tell({"type": "pending_requests", "results": [fragment(task) for task in shown.values()]})
        self.watch = self.attend(self._watch())

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        if self.watch is not None:
            self.watch.cancel()

    async def _watch(self) -> None:
        client = async_client(settings.REDIS_URL, socket_connect_timeout=1)
        try:
            while True:
                try:
                    async with client.pubsub() as pubsub:
                        await pubsub.subscribe(run_stream.TASKS)
                        while True:
                            await self._compare()
                            await self._rung(pubsub)
                except (RedisError, OSError):
                    await asyncio.sleep(COMPARE_EVERY_S)
                    await self._compare()
        finally:
            await client.aclose()

    async def _rung(self, pubsub: Any) -> None:
        """Return when something about this user was said, or it is time to ask the rows."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(COMPARE_EVERY_S):
                while True:
                    message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=COMPARE_EVERY_S)
                    if message is not None and str(self.user.pk) in loads_own(message["data"])["user_ids"]:
                        return

    async def _compare(self) -> None:
        await self.check_log_in()
        pending = await sync_to_async(self._pending)()
        new = [task_id for task_id in pending if task_id not in self.known]
        for begin in range(0, len(new), TASKS_READ):
            for task in (await sync_to_async(self._shown)(new[begin : begin + TASKS_READ])).values():
                await self.tell({"type": "new_request", "task": fragment(task)})
        for task_id, status in await sync_to_async(self._statuses)(self.known.difference(pending)):
            await self.tell({"type": "request_closed", "human_task_id": task_id, "status": status})
        self.known = set(pending)

    def _pending(self) -> list[str]:
        """Return the ids of the tasks that wait for this user, the one that ends first in front."""
        try:
            return [str(pk) for pk in tasks.pending_of(self.user).values_list("pk", flat=True)[:TASKS_TOLD]]
        finally:
            connection.close()

    def _first(self) -> dict[str, bytes]:
        """Return the first tasks by id, as many as are told together."""
        pending = self._pending()
        shown: dict[str, bytes] = {}
        for begin in range(0, len(pending), TASKS_READ):
            shown |= self._shown(pending[begin : begin + TASKS_READ])
            if sum(map(len, shown.values())) >= TASKS_BYTES:
                break
        return shown

    def _shown(self, task_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the wire form of those that still wait, written, by id."""
        try:
            rows = {str(task.pk): task for task in HumanTask.objects.filter(pk__in=task_ids, status="pending")}
            forms = {task_id: HumanTaskOutput(rows[task_id]).data for task_id in task_ids if task_id in rows}
            return {task_id: written(dict(form), default=encode) for task_id, form in forms.items()}
        finally:
            connection.close()

    def _statuses(self, task_ids: set[str]) -> list[tuple[str, str]]:
        if not task_ids:
            return []
        try:
            asked = set(tasks.pending_of(self.user).filter(pk__in=task_ids).values_list("pk", flat=True))
            rows = HumanTask.objects.filter(pk__in=task_ids).values_list("pk", "status")
            return [
                (str(task_id), REASSIGNED if status == "pending" else status)
                for task_id, status in rows
                if task_id not in asked
            ]
        finally:
            connection.close()

    async def _respond_here(self, message: Message, ref: str | None) -> None:
        task = await self.respond(message)
        await self.tell({"type": "ack", "ref": ref, "human_task_id": task["id"], "status": task["status"]})


def _texts(value: Any) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)][:50] if isinstance(value, list) else []
