"""Documents for running nodes: searched and added in the name of a run's owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from core.access import reach
from core.errors import Unavailable, WorkflowError
from core.models import User
from executor.node.providing import Caller, Provider, Services
from inference.documents import selectors, services
from inference.documents.models import Document
from inference.search import searching
from inference.search.searching import Asked
from nodes.abilities import NewDocument, Question
from nodes.base import NodeFailed

R = TypeVar("R")


def provider(process: Services) -> Provider:
    """Return what searches and adds documents for nodes."""
    return Provider(lambda caller: NodeKnowledge(process, caller))


@dataclass(frozen=True, slots=True)
class NodeKnowledge:
    process: Services
    caller: Caller

    async def search(self, question: Question) -> list[dict[str, Any]]:
        return await self._done(lambda: _search(self.caller.owner_id, question))

    async def add(self, document: NewDocument) -> dict[str, Any]:
        self.caller.before_effect()
        document_id = uuid5(NAMESPACE_URL, f"heddle:document:{self.caller.key}")
        return await self._done(lambda: _add(self.caller.owner_id, document_id, document))

    async def _done(self, work: Callable[[], R]) -> R:
        try:
            made: R = await self.process.in_database(work)
        except WorkflowError as exc:
            raise NodeFailed(exc.code, exc.message, retryable=isinstance(exc, Unavailable)) from exc
        return made


def _search(owner_id: UUID, question: Question) -> list[dict[str, Any]]:
    try:
        document_id = UUID(question.document_id) if question.document_id else None
    except ValueError as exc:
        raise selectors.DocumentMissing("There is no such document") from exc
    asked = Asked(question.query, question.level, document_id, question.top_k, question.min_score, tuple(question.tags))
    found = searching.search(User.objects.get(pk=owner_id), asked)
    return [
        {**asdict(place), "document_id": str(place.document_id), "highlights": [list(one) for one in place.highlights]}
        for place in found.results
    ]


def _add(owner_id: UUID, document_id: UUID, new: NewDocument) -> dict[str, Any]:
    actor = User.objects.get(pk=owner_id)
    found = Document.objects.filter(
        reach.of_account(owner_id), pk=document_id
    ).first()  # an earlier attempt has added it
    if found is None:
        services.add(
            actor=actor, content=new.content, file_name=new.file_name, said_type=new.mime_type, name=new.name,
            tags=list(dict.fromkeys(new.tags)), document_id=document_id,
        )  # fmt: skip
    made = selectors.find(actor, document_id)
    duplicate: Any = getattr(made, "duplicate_of", None)
    return {
        "id": str(made.pk), "name": made.name, "status": made.status,
        "duplicate_of": str(duplicate) if duplicate else None,
    }  # fmt: skip
