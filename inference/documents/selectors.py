"""Which documents somebody sees: his own, and those that staff shared with everybody."""

from __future__ import annotations

from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from core.access import reach
from core.errors import Forbidden, Missing
from core.models import Blob, User
from inference.documents.models import PLATFORM, Document


class ReadOnly(Forbidden):
    """The object is everybody's to read, and its owner's to change."""

    code = "read_only"


class DocumentMissing(Missing):
    """No such document, or somebody else's."""


def visible_to(actor: User) -> QuerySet[Document]:
    """Return the documents that somebody sees.

    Each has `duplicate_of`: the oldest one of his own, older than it, with the same content.
    """
    same = Document.objects.filter(
        reach.of_account(actor.pk), content_hash=OuterRef("content_hash"), created_at__lt=OuterRef("created_at")
    ).order_by("created_at")
    rows = Document.objects.filter(reach.of_account(actor.pk) | Q(scope=PLATFORM))
    return rows.annotate(duplicate_of=Subquery(same.values("pk")[:1]))


def find(actor: User, document_id: UUID) -> Document:
    """Return a document that somebody sees. Raises: DocumentMissing."""
    document = visible_to(actor).filter(pk=document_id).first()
    if document is None:
        raise DocumentMissing("There is no such document")
    return document


def changeable(actor: User, document_id: UUID) -> Document:
    """Return a document that somebody may change, locked. Raises: DocumentMissing, ReadOnly."""
    document = locked(actor, document_id)
    if not reach.is_of_account(actor.pk, document):
        raise ReadOnly("This document is shared with you: only its owner changes it")
    return document


def locked(actor: User, document_id: UUID) -> Document:
    """Return a document that somebody sees, locked; call it in a transaction. Raises: DocumentMissing."""
    document = visible_to(actor).select_for_update(of=("self",)).filter(pk=document_id).first()
    if document is None:
        raise DocumentMissing("There is no such document")
    return document


def kept_in(blob: Blob) -> Document | None:
    """Return the document whose bytes a stored file holds."""
    return Document.objects.filter(blob=blob).first()
