"""Documents: whose they are, who finds them, and how far they are read. The bytes lie in a stored file."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models

from core.ids import new_id
from core.models import Blob

PRIVATE, PLATFORM = "private", "platform"
SCOPES = (PRIVATE, PLATFORM)  # for its owner, or for everybody to read
PENDING, PROCESSING, INDEXED, FAILED = "pending", "processing", "indexed", "failed"
STATUSES = (PENDING, PROCESSING, INDEXED, FAILED)
TAG_LENGTH = 64


class Document(models.Model):
    """A file that somebody keeps to ask it later."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    blob = models.OneToOneField(Blob, on_delete=models.PROTECT, related_name="document")
    name = models.CharField(max_length=255)
    mime_type = models.CharField(max_length=127)
    size_bytes = models.BigIntegerField()
    content_hash = models.CharField(max_length=64)  # SHA-256 in hexadecimal
    scope = models.CharField(max_length=10, default=PRIVATE, choices=[(one, one) for one in SCOPES])
    status = models.CharField(max_length=10, default=PENDING, choices=[(one, one) for one in STATUSES])
    error = models.TextField(null=True)  # noqa: DJ001 (none is null on the wire)
    chunk_count = models.IntegerField(default=0)
    tags = ArrayField(models.CharField(max_length=TAG_LENGTH), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    indexed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=0, db_default=0)  # of the chunks that are found; 0: there are none
    cut = models.CharField(
        max_length=160, default="", db_default=""
    )  # by which model, size and overlap those chunks were made
    progress = models.SmallIntegerField(default=0, db_default=0)  # in percent, while it is processed

    class Meta:
        indexes = [
            models.Index(fields=["owner_id", "-created_at"], name="document_owner"),
            models.Index(fields=["owner_id", "content_hash"], name="document_content"),
            models.Index(fields=["-created_at"], condition=models.Q(scope=PLATFORM), name="document_platform"),
            GinIndex(fields=["tags"], name="document_tags"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=SCOPES), name="document_scope"),
            models.CheckConstraint(condition=models.Q(status__in=STATUSES), name="document_status"),
        ]

    def __str__(self) -> str:
        return self.name


class Chunk(models.Model):
    """A piece of a document. Those of one version are found together or not at all: see `is_live`."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="chunks")
    owner_id = models.UUIDField()
    version = models.IntegerField()
    number = models.IntegerField()  # from 0, in the document
    is_live = models.BooleanField(default=False)
    headings = models.CharField(max_length=512)
    text = models.TextField()
    page = models.IntegerField(null=True)
    tokens = models.IntegerField()
    model = models.CharField(max_length=100, default="")
    vector = models.BinaryField(null=True)  # as `inference.embeddings.vectors.packed` makes it
    words = models.GeneratedField(
        expression=SearchVector("headings", "text", config="english"), output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        indexes = [
            models.Index(fields=["owner_id"], condition=models.Q(is_live=True), name="chunk_owner"),
            GinIndex(fields=["words"], name="chunk_words"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["document", "version", "number"], name="chunk_place"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}#{self.number}"


class IndexChange(models.Model):
    """A mark that differs whenever what an index holds has changed. `key` is an owner's id, or `platform`."""

    key = models.CharField(primary_key=True, max_length=40)
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key}: {self.number}"
