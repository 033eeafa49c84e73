"""Marks that tell the process of the indexes that what it holds is not what stands in the rows.

A mark is drawn by lot: two databases, as one before and after it was restored, never have the same by chance.
"""

from __future__ import annotations

from django.db import connection

from inference.documents.models import PLATFORM, Document

_CHANGED = """
INSERT INTO documents_indexchange AS c (key, number)
SELECT key, floor(random() * 9007199254740991)::bigint FROM unnest(%s::text[]) AS key ORDER BY key
ON CONFLICT (key) DO UPDATE SET number = excluded.number
"""


def note(document: Document, *, was_shared: bool = False) -> None:
    """Say, in the transaction of the change, that other chunks of a document are to be found than before."""
    keys = [str(document.owner_id), *([PLATFORM] if was_shared or document.scope == PLATFORM else [])]
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [keys])
