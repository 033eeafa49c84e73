"""Documents in the administration site: whose they are and how far they are read, nothing of what stands in them."""

from __future__ import annotations

from django.contrib import admin

from core.administration.rows import Rows
from inference.documents.models import Chunk, Document, IndexChange


@admin.register(Document)
class DocumentAdmin(Rows):
    list_display = ("name", "owner_id", "scope", "status", "mime_type", "size_bytes", "chunk_count", "created_at")
    list_filter = ("scope", "status", "mime_type")
    date_hierarchy = "created_at"
    ids = ("pk", "owner_id")
    texts = ("name",)
    hidden = ("error", "content_hash")  # what a parser said, and what tells of the content


@admin.register(Chunk)
class ChunkAdmin(Rows):
    list_display = ("document_id", "number", "owner_id", "version", "is_live", "page", "tokens", "model")
    list_filter = ("is_live", "model")
    ids = ("pk", "document_id", "owner_id")
    hidden = ("headings", "text", "vector", "words")  # what stands in documents


@admin.register(IndexChange)
class IndexChangeAdmin(Rows):
    list_display = ("key", "number")
    ids = ("pk",)
