"""Live progress over SSE, replay over REST, tickets for browsers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.accounts.authentication import ApiKeyHeader, BearerToken
from core.accounts.log_ins import LogInEnded, log_in_of
from core.errors import Missing
from core.web import open_streams
from core.web.numbers import whole_number
from core.web.rendering import JsonRenderer
from core.web.views import ActorView
from executor import selectors
from streaming import serializers, tickets
from streaming.read_ahead import WrittenEvent
from streaming.reader import Reader

CURSOR = OpenApiParameter("after_sequence", int, description="Only events after this number")


class EventStreamRenderer(JsonRenderer):
    """Lets EventSource ask for what it wants; problems still come as JSON."""

    media_type = "text/event-stream"
    format = "sse"


class TicketParameter(BaseAuthentication):
    """`?ticket=…`, for the stream in the URL."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        ticket = request.query_params.get("ticket")
        if not ticket:
            return None
        execution_id = request.parser_context["kwargs"].get("execution_id")
        log_in = tickets.redeem(ticket, execution_id=execution_id)
        return log_in.user, log_in

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TicketsView(ActorView):
    key_scope = "read"

    @extend_schema(request=serializers.TicketInput, responses={201: serializers.TicketOutput})
    def post(self, request: Request) -> Response:
        execution_id = self.body(serializers.TicketInput).get("execution_id")
        if execution_id is not None:
            selectors.execution_for(self.actor, execution_id, needs=Role.VIEWER)
        log_in = log_in_of(self.actor, request.auth)
        ticket, expires_at = tickets.issue(log_in=log_in, execution_id=execution_id, now=timezone.now())
        return Response({"ticket": ticket, "expires_at": expires_at}, status=status.HTTP_201_CREATED)


MOST_EVENTS = 1000  # of one answer


def sequence_of(text: str | None, field: str) -> int:
    """Read a sequence number; absent is 0. Raises: Invalid."""
    if text is None or text == "":
        return 0
    return whole_number(text, field, message="A sequence number.")


class EventsView(ActorView):
    @extend_schema(
        parameters=[CURSOR, OpenApiParameter("limit", int, description="At most 1000")],
        responses=serializers.EventsOutput,
    )
    def get(self, request: Request, execution_id: UUID) -> Response:
        execution = selectors.execution_for(self.actor, execution_id, needs=Role.VIEWER, without=selectors.NOT_LISTED)
        cursor = sequence_of(request.query_params.get("after_sequence"), "after_sequence")
        said = f"A whole number from 1 to {MOST_EVENTS}."
        given = request.query_params.get("limit", "100")
        limit = whole_number(given, "limit", least=1, most=MOST_EVENTS, message=said)
        events = selectors.events_after(execution, cursor, limit)
        last = execution.state.last_seq
        reached = (events[-1].seq or cursor) if events else cursor
        return Response(
            {"results": [event.wire() for event in events], "last_sequence": last, "has_more": reached < last}
        )


class StreamView(ActorView):
    renderer_classes = [JsonRenderer, EventStreamRenderer]
    authentication_classes = [BearerToken, ApiKeyHeader, TicketParameter]

    @extend_schema(
        parameters=[CURSOR, OpenApiParameter("types", str), OpenApiParameter("ticket", str)],
        responses={
            (200, "text/event-stream"): OpenApiTypes.STR,
            204: OpenApiResponse(description="Over, and all was seen"),
        },
    )
    def get(self, request: Request, execution_id: UUID) -> HttpResponseBase:
        execution = selectors.execution_for(self.actor, execution_id, needs=Role.VIEWER, without=selectors.NOT_LISTED)
        last_id = request.META.get("HTTP_LAST_EVENT_ID")
        cursor = sequence_of(request.query_params.get("after_sequence"), "after_sequence")
        if last_id:
            cursor = sequence_of(last_id, "Last-Event-ID")
            if selectors.is_final(execution) and cursor >= execution.state.last_seq:
                return HttpResponse(status=status.HTTP_204_NO_CONTENT)
        wanted = tuple(part.strip() for part in request.query_params.get("types", "").split(",") if part.strip())
        name = open_streams.opened(self.actor)
        events = counted(
            Reader(execution.pk, cursor, log_in_of(self.actor, request.auth)).events(), self.actor.pk, name
        )
        response = StreamingHttpResponse(server_sent(events, wanted), content_type="text/event-stream")
        response["Cache-Control"] = "no-store"
        response["X-Accel-Buffering"] = "no"
        return response


async def counted(
    events: AsyncIterator[WrittenEvent | None], user_id: UUID, name: str
) -> AsyncIterator[WrittenEvent | None]:
    """Hand events on as an open stream of a user's, until it is closed, or he may see the run no more."""
    try:
        async for event in events:
            if event is None:
                await sync_to_async(open_streams.renewed)(user_id, name)
            yield event
    except (Missing, LogInEnded):
        return
    finally:
        await asyncio.shield(sync_to_async(open_streams.closed)(user_id, name))


async def server_sent(events: AsyncIterator[WrittenEvent | None], wanted: tuple[str, ...]) -> AsyncIterator[bytes]:
    """Write events as server-sent events. Source: HTML Standard, section 9.2."""
    yield b"retry: 2000\n\n"
    async for event in events:
        if event is None:
            yield b": heartbeat\n\n"
        elif not wanted or any(fnmatchcase(event.type, pattern) for pattern in wanted):
            number = "" if event.seq is None else f"id: {event.seq}\n"
            yield f"{number}event: {event.type}\ndata: ".encode() + event.json + b"\n\n"
