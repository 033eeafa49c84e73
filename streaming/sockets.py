"""What all WebSockets share: who connects, frames in JSON, problems told in place."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import connection
from django.utils import timezone

from core.access.roles import Role
from core.accounts import scopes
from core.accounts.authentication import find_key, user_of_token
from core.accounts.log_ins import LogIn, LogInEnded, log_in_of
from core.asgi.open_requests import knows
from core.errors import Invalid, Missing, WorkflowError
from core.json import NotStorable, loads, written
from core.models import User
from core.values.hosts import readable_parts
from core.web import open_streams
from core.web.problems import status_and_title
from core.web.rendering import encode
from executor import selectors
from orchestrator.people import tasks
from orchestrator.people.serializers import HumanTaskOutput
from streaming import tickets

logger = logging.getLogger(__name__)
BROKEN = 1011  # of the protocol: the server cannot go on; the client comes again
NOT_SIGNED_IN, NOT_FOUND, UNREADABLE, TOO_MANY = 4401, 4404, 4400, 4429
MAX_UNREADABLE = 3
Message = dict[str, Any]


def _login(headers: dict[str, str], query: str, execution_id: UUID | None) -> LogIn:
    """Return who connects. Raises: WorkflowError."""
    ticket = parse_qs(query).get("ticket", [""])[0]
    if ticket:
        return tickets.redeem(ticket, execution_id=execution_id)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return LogIn(user_of_token(token.strip())[0])
    key = find_key(headers.get("x-api-key", ""))
    scopes.check(key, "read")
    return log_in_of(key.user, key)


def _opened(headers: dict[str, str], query: str, execution_id: UUID | None) -> tuple[LogIn, str] | int:
    """Return who connects and the name of the open stream, or the close code of a connection that is refused."""
    try:
        log_in = _login(headers, query, execution_id)
        if execution_id is not None:
            selectors.execution_for(log_in.user, execution_id, needs=Role.VIEWER)
        return log_in, open_streams.opened(log_in.user)
    except Missing:
        return NOT_FOUND
    except open_streams.TooManyStreams:
        return TOO_MANY
    except WorkflowError:
        return NOT_SIGNED_IN
    finally:
        connection.close()


def _check(log_in: LogIn) -> None:
    try:
        log_in.check()
    finally:
        connection.close()


class Socket(AsyncWebsocketConsumer):
    """Accepts, then closes with a code whoever is refused."""

    user: User
    log_in: LogIn
    execution_id: UUID | None = None
    stream: str = ""
    renewing: asyncio.Task[None] | None = None
    closing: asyncio.Task[None] | None = None

    def handlers(self) -> dict[str, Callable[[Message, str | None], Awaitable[None]]]:
        """Return what is done about a frame, by its type."""
        return {}

    async def opened(self) -> None:
        """Greet a client that may be here."""

    async def connect(self) -> None:
        self.unreadable = 0
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in self.scope["headers"]}
        await self.accept()
        if not _own_origin(headers):
            await self.close(NOT_SIGNED_IN)
            return
        query = self.scope["query_string"].decode("latin-1")
        found = await sync_to_async(_opened)(headers, query, self.execution_id)
        if isinstance(found, int):
            await self.close(found)
            return
        self.log_in, self.stream = found
        self.user = self.log_in.user
        knows(self.scope, self.user.pk)
        self.renewing = self.attend(self._renew())
        await self.opened()

    def attend(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start something that goes on as long as the socket; if it breaks, the socket is closed and not left mute."""
        task = asyncio.create_task(work)
        task.add_done_callback(self._attended)
        return task

    def _attended(self, task: asyncio.Task[None]) -> None:
        broken = None if task.cancelled() else task.exception()
        if broken is None:
            return
        if isinstance(broken, LogInEnded):
            self.closing = asyncio.create_task(self._close(NOT_SIGNED_IN))
            return
        if not isinstance(broken, OSError):  # such is what a server raises where the client has gone
            logger.error("a socket cannot go on", exc_info=broken)
        self.closing = asyncio.create_task(self._close(BROKEN))

    async def _close(self, code: int) -> None:
        with contextlib.suppress(OSError):
            await self.close(code)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(open_streams.RENEW_S)
            await self.check_log_in()
            await sync_to_async(open_streams.renewed)(self.user.pk, self.stream)

    async def disconnect(self, code: int) -> None:
        if self.renewing is not None:
            self.renewing.cancel()
            await sync_to_async(open_streams.closed)(self.user.pk, self.stream)

    async def check_log_in(self) -> None:
        """Raises: LogInEnded where what the client came with is not good any more."""
        await sync_to_async(_check)(self.log_in)

    async def tell(self, message: Message) -> None:
        await self.send(text_data=written(message, default=encode).decode())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            message = loads(text_data or b"")
            kind = message["type"]
        except (NotStorable, KeyError, TypeError):
            await self._not_understood()
            return
        ref = message.get("ref") if isinstance(message.get("ref"), str) else None
        handler = self.handlers().get(kind) if isinstance(kind, str) else None
        if kind == "ping":
            await self.tell({"type": "pong", "ref": ref})
        elif handler is None:
            await self.problem(ref, Invalid(f"There is no message type {str(kind)[:40]!r}"))
        else:
            try:
                await self.check_log_in()
                await handler(message, ref)
            except LogInEnded:
                await self.close(NOT_SIGNED_IN)
            except WorkflowError as exc:
                await self.problem(ref, exc)

    async def _not_understood(self) -> None:
        self.unreadable += 1
        if self.unreadable >= MAX_UNREADABLE:
            await self.close(UNREADABLE)
        else:
            await self._tell_problem(
                None, 400, "Malformed JSON", "malformed_json", "A frame must be an object with a `type`"
            )

    async def problem(self, ref: str | None, exc: WorkflowError) -> None:
        status, title = status_and_title(exc)
        await self._tell_problem(ref, status, title, exc.code, exc.message, **exc.details)

    async def _tell_problem(
        self, ref: str | None, status: int, title: str, code: str, detail: str, **more: Any
    ) -> None:
        kind = f"urn:heddle:problem:{code}"
        problem = {"type": kind, "title": title, "status": status, "detail": detail, "code": code, **more}
        await self.tell({"type": "error", "ref": ref, "problem": problem})

    async def respond(self, message: Message) -> Message:
        """Answer a human task; returns its wire form. Raises: WorkflowError."""
        return await sync_to_async(self._respond)(message)

    def _respond(self, message: Message) -> Message:
        try:
            task_id = UUID(str(message.get("human_task_id")))
        except ValueError as exc:
            raise Missing("There is no such task") from exc
        reply = tasks.Reply(
            str(message.get("action", "")), message.get("data"), str(message.get("comment") or "")[:5000]
        )
        try:
            self.log_in.check_scope("run")
            task = tasks.respond(actor=self.user, task_id=task_id, reply=reply, now=timezone.now())
            return dict(HumanTaskOutput(task).data)
        except tasks.HumanTaskClosed as exc:
            exc.details["task"] = dict(HumanTaskOutput(tasks.task_for(self.user, task_id)).data)
            raise
        finally:
            connection.close()


def _own_origin(headers: dict[str, str]) -> bool:
    """Tell whether a browser's page is one of ours; programs send no Origin."""
    origin = headers.get("origin", "")
    return not origin or readable_parts(origin).netloc == headers.get("host") or origin in settings.CORS_ALLOWED_ORIGINS
