"""Conversations: what was said under a key of a workflow, turn by turn; each turn is written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils import timezone

from core.access import reach
from core.access.roles import Role
from core.datastore.errors import ConversationTooLarge, InvalidConversation
from core.datastore.guarding import Once, guarded
from core.datastore.models import Conversation, ConversationTurn
from core.ids import new_id
from core.json import NotStorable, storable
from core.models import User
from core.outbox import queue

CLEAR_CONVERSATIONS = "clear_conversations"
MOST_TURNS = 500  # of one conversation: older ones go
MOST_READ = 200  # turns that are read again
MOST_TURN_BYTES = 512 * 1024
MOST_KEY = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Whose conversation it is."""

    owner_id: UUID
    workflow_id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class Found:
    """What is kept: the last turns that the summary does not hold, (number, messages) each, oldest first."""

    turns: Sequence[tuple[int, list[Any]]] = ()
    summary: str = ""
    unsummed: int = 0  # messages


def read(place: Place) -> Found:
    """Return what is kept under a key. Raises: InvalidConversation."""
    found = _living(place).first()
    if found is None:
        return Found()
    left = found.turns.filter(number__gt=found.summed_up)
    count = left.aggregate(count=Sum("message_count"))["count"] or 0
    turns = [(turn.number, turn.messages) for turn in left.order_by("-number")[:MOST_READ]]
    return Found(turns[::-1], found.summary, count)


def add(place: Place, messages: Sequence[Mapping[str, Any]], summary: tuple[str, int] | None, once: Once) -> None:
    """Keep a turn, once; `summary` is a new one, with the number of the last turn in it.

    Raises: ConversationTooLarge, InvalidConversation, TableBusy.
    """
    kept = _storable(messages)

    def work() -> dict[str, Any]:
        now = timezone.now()
        found = _locked(place, now)
        found.turn_count += 1
        ConversationTurn.objects.create(
            conversation=found, number=found.turn_count, messages=kept, message_count=len(kept),
            execution_id=once.execution_id, created_at=now,
        )  # fmt: skip
        if summary is not None and summary[1] > found.summed_up:
            found.summary, found.summed_up = summary
        old = found.turns.filter(number__lte=found.turn_count - MOST_TURNS)
        gone = old.aggregate(count=Sum("message_count"))["count"] or 0
        old.delete()
        found.message_count += len(kept) - gone
        found.updated_at = now
        found.save(update_fields=["turn_count", "message_count", "summary", "summed_up", "updated_at"])
        return {"number": found.turn_count}

    guarded(work, once)


def _living(place: Place) -> QuerySet[Conversation]:
    if not place.key.strip() or len(place.key) > MOST_KEY:
        raise InvalidConversation(f"The key of a conversation has 1 to {MOST_KEY} characters", field="key")
    return Conversation.objects.filter(workflow_id=place.workflow_id, key=place.key, is_deleted=False)


def _locked(place: Place, now: datetime) -> Conversation:
    made = Conversation(
        id=new_id(), owner_id=place.owner_id, workflow_id=place.workflow_id, key=place.key, created_at=now,
        updated_at=now,
    )  # fmt: skip
    Conversation.objects.bulk_create([made], ignore_conflicts=True)
    return _living(place).select_for_update().get()


def _storable(messages: Sequence[Mapping[str, Any]]) -> list[Any]:
    try:
        value, raw = storable([dict(message) for message in messages])
    except (NotStorable, RecursionError) as exc:
        raise InvalidConversation(f"The turn cannot be stored: {exc}"[:500], field="messages") from exc
    if len(raw) > MOST_TURN_BYTES:
        raise ConversationTooLarge(f"A turn has at most {MOST_TURN_BYTES // 1024} KiB", limit_bytes=MOST_TURN_BYTES)
    kept: list[Any] = value
    return kept


# -- for people -------------------------------------------------------------------------------------------------------
def visible_to(actor: User) -> QuerySet[Conversation]:
    """Return the conversations that somebody sees: his account's, and those of workflows that he has a role on."""
    return reach.visible(Conversation.objects.filter(is_deleted=False), actor)


def find(actor: User, conversation_id: UUID, *, needs: Role = Role.VIEWER) -> Conversation:
    """Return a conversation. Raises: Missing, RoleRequired."""
    rows = Conversation.objects.filter(is_deleted=False)
    return reach.one(rows, actor, conversation_id, needs=needs, missing="There is no such conversation")


def messages_of(conversation: Conversation) -> list[dict[str, Any]]:
    """Return all that is kept of a conversation, oldest first."""
    turns = conversation.turns.order_by("number")
    return [
        {**message, "turn": turn.number, "execution_id": turn.execution_id, "created_at": turn.created_at}
        for turn in turns
        for message in turn.messages
    ]


def delete(conversation: Conversation) -> None:
    """Forget a conversation; who writes under its key again begins a new one."""
    _take_away(Conversation.objects.filter(pk=conversation.pk))


def delete_of_workflow(workflow_id: UUID) -> None:
    """Forget the conversations of a workflow that is deleted."""
    _take_away(Conversation.objects.filter(workflow_id=workflow_id))


def hand_over(*, workflow_id: UUID, owner_id: UUID) -> None:
    """Let a workflow's conversations belong to another account."""
    Conversation.objects.filter(workflow_id=workflow_id, is_deleted=False).update(owner_id=owner_id)


def _take_away(rows: QuerySet[Conversation]) -> None:
    """Hide conversations at once, and ask for their turns to go."""
    owner_id = rows.filter(is_deleted=False).values_list("owner_id", flat=True).first()
    if owner_id is not None:
        rows.update(is_deleted=True)
        payload = {"owner_id": str(owner_id)}
        queue.add(CLEAR_CONVERSATIONS, owner_id=owner_id, payload=payload, key=f"{CLEAR_CONVERSATIONS}:{owner_id}")
