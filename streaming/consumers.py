"""The WebSocket of one execution."""

from __future__ import annotations

import asyncio
import contextlib
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import orjson
from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import connection

from core.authentication import find_key, user_of_token
from core.errors import Missing, WorkflowError
from core.models import User
from core.rendering import encode
from executor import selectors
from orchestrator.serializers.executions import ExecutionOutput
from streaming import tickets
from streaming.reader import Reader

NOT_SIGNED_IN, NOT_FOUND, UNREADABLE = 4401, 4404, 4400
MAX_UNREADABLE = 3


def _login(headers: dict[str, str], query: str, execution_id: UUID) -> User:
    """Return who connects. Raises: WorkflowError."""
    ticket = parse_qs(query).get("ticket", [""])[0]
    if ticket:
        return tickets.redeem(ticket, execution_id=execution_id)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return user_of_token(token.strip())[0]
    return find_key(headers.get("x-api-key", "")).user


def _opened(headers: dict[str, str], query: str, execution_id: UUID) -> int | None:
    """Return the close code of a connection that is refused, or None."""
    try:
        user = _login(headers, query, execution_id)
        selectors.execution_for(user, execution_id)
    except Missing:
        return NOT_FOUND
    except WorkflowError:
        return NOT_SIGNED_IN
    finally:
        connection.close()
    return None


def _state(execution_id: UUID) -> dict[str, Any]:
    try:
        execution = selectors.execution_by_id(execution_id)
        runs = selectors.node_runs_of(execution_id).values("node_id", "path", "status")
        return {
            "type": "state",
            "execution": dict(ExecutionOutput(execution).data),
            "node_runs": list(runs),
            "last_sequence": execution.state.last_seq,
        }
    finally:
        connection.close()


class ExecutionConsumer(AsyncWebsocketConsumer):
    """State first, then events from now on; `subscribe` with a position brings the missing ones."""

    async def connect(self) -> None:
        self.execution_id: UUID = self.scope["url_route"]["kwargs"]["execution_id"]
        self.wanted: list[str] = ["*"]
        self.unwanted: list[str] = []
        self.unreadable = 0
        self.pump: asyncio.Task[None] | None = None
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in self.scope["headers"]}
        await self.accept()
        if not _own_origin(headers):
            await self.close(NOT_SIGNED_IN)
            return
        refused = await sync_to_async(_opened)(headers, self.scope["query_string"].decode("latin-1"), self.execution_id)
        if refused is not None:
            await self.close(refused)
            return
        await self.tell({"type": "connected", "execution_id": str(self.execution_id)})
        state = await self.tell_state()
        self.follow(state["last_sequence"])

    async def disconnect(self, code: int) -> None:
        await self.stop_following()

    def follow(self, cursor: int) -> None:
        self.pump = asyncio.create_task(self._pump(cursor))

    async def stop_following(self) -> None:
        if self.pump is not None:
            self.pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.pump

    async def _pump(self, cursor: int) -> None:
        async for event in Reader(self.execution_id, cursor).events():
            if event is not None and self._is_wanted(event["type"]):
                await self.tell({"type": "event", "event": event})

    def _is_wanted(self, kind: str) -> bool:
        named = any(fnmatchcase(kind, pattern) for pattern in self.wanted)
        return named and not any(fnmatchcase(kind, pattern) for pattern in self.unwanted)

    async def tell(self, message: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps(message, default=encode).decode())

    async def tell_state(self) -> dict[str, Any]:
        state: dict[str, Any] = await sync_to_async(_state)(self.execution_id)
        await self.tell(state)
        return state

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            message = orjson.loads(text_data or b"")
            kind = message["type"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            await self._not_understood()
            return
        ref = message.get("ref") if isinstance(message.get("ref"), str) else None
        handler = {"subscribe": self._subscribe, "unsubscribe": self._unsubscribe, "sync": self._state_again}.get(kind)
        if kind == "ping":
            await self.tell({"type": "pong", "ref": ref})
        elif handler is None:
            await self._problem(ref, "validation_error", f"There is no message type {str(kind)[:40]!r}")
        else:
            await handler(message, ref)

    async def _not_understood(self) -> None:
        self.unreadable += 1
        if self.unreadable >= MAX_UNREADABLE:
            await self.close(UNREADABLE)
        else:
            await self._problem(None, "malformed_json", "A frame must be a JSON object with a `type`")

    async def _subscribe(self, message: dict[str, Any], ref: str | None) -> None:
        types = _texts(message.get("types")) or ["*"]
        self.wanted, self.unwanted = types, []
        position = message.get("after_sequence")
        await self.tell({"type": "ack", "ref": ref, "ok": True})
        if isinstance(position, int) and not isinstance(position, bool) and position >= 0:
            await self.stop_following()
            self.follow(position)

    async def _unsubscribe(self, message: dict[str, Any], ref: str | None) -> None:
        self.unwanted.extend(_texts(message.get("types")) or ["*"])
        await self.tell({"type": "ack", "ref": ref, "ok": True})

    async def _state_again(self, message: dict[str, Any], ref: str | None) -> None:
        await self.tell_state()

    async def _problem(self, ref: str | None, code: str, detail: str) -> None:
        problem = {
            "type": f"urn:heddle:problem:{code}",
            "title": "Not understood",
            "status": 400,
            "detail": detail,
            "code": code,
        }
        await self.tell({"type": "error", "ref": ref, "problem": problem})


def _texts(value: Any) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)][:50] if isinstance(value, list) else []


def _own_origin(headers: dict[str, str]) -> bool:
    """Tell whether a browser's page is one of ours; programs send no Origin."""
    origin = headers.get("origin", "")
    return not origin or urlsplit(origin).netloc == headers.get("host") or origin in settings.CORS_ALLOWED_ORIGINS
