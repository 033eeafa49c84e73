"""Wire forms of documents."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.web.fields import LineField
from inference.documents.formats import MIME_TYPES
from inference.documents.models import SCOPES, STATUSES, TAG_LENGTH, Chunk, Document

MOST_TAGS = 50


class DocumentOutput(serializers.ModelSerializer[Document]):
    """A document; `duplicate_of` is the oldest document of yours, older than this one, with the same content."""

    mime_type = serializers.ChoiceField(choices=MIME_TYPES)
    scope = serializers.ChoiceField(choices=SCOPES)
    status = serializers.ChoiceField(choices=STATUSES)
    tags = serializers.ListField(child=serializers.CharField())
    duplicate_of = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Document
        fields = [
            "id", "name", "mime_type", "size_bytes", "scope", "status", "error", "progress", "chunk_count", "tags",
            "duplicate_of", "created_at", "indexed_at",
        ]  # fmt: skip


class ChunkOutput(serializers.ModelSerializer[Chunk]):
    """A piece of a document as it is searched; `number` is `chunk_index` of what a search finds."""

    class Meta:
        model = Chunk
        fields = ["number", "page", "headings", "text", "tokens"]


class TagsField(serializers.ListField):
    """Tags, each once, in the order they were given. Filters separate them by commas, so they hold none."""

    child = LineField(max_length=TAG_LENGTH)

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MOST_TAGS, **options)

    def to_internal_value(self, data: Any) -> list[str]:
        tags = list(dict.fromkeys(super().to_internal_value(data)))
        if any("," in tag for tag in tags):
            raise serializers.ValidationError("A tag holds no comma.")
        return tags


class DocumentInput(serializers.Serializer[Any]):
    name = LineField(max_length=255, required=False)
    tags = TagsField(required=False)


class DocumentUpload(serializers.Serializer[Any]):
    """A form with a file; `tags` once for each tag."""

    file = serializers.FileField(allow_empty_file=True, help_text="pdf, docx, xlsx, txt, md, html, csv or json")
    name = LineField(max_length=255, required=False, help_text="The file's name where there is none")
    tags = TagsField(required=False)


class DocumentShareInput(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(choices=SCOPES)
