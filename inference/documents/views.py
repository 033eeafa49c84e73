"""Documents over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.asgi.sizes import FORM_OVERHEAD_BYTES
from core.errors import TooLarge
from core.storage import blobs
from core.values.dispositions import attachment
from core.web.filters import ManyOf, Moment
from core.web.views import ActorView, Listing
from inference.documents import selectors, services
from inference.documents.formats import MIME_TYPES
from inference.documents.models import SCOPES, STATUSES, Chunk, Document
from inference.documents.serializers import (
    ChunkOutput,
    DocumentInput,
    DocumentOutput,
    DocumentShareInput,
    DocumentUpload,
)


class DocumentFilters(filters.FilterSet):
    status = ManyOf(choices=[(one, one) for one in STATUSES])
    scope = ManyOf(choices=[(one, one) for one in SCOPES])
    mime_type = ManyOf(choices=[(one, one) for one in MIME_TYPES])
    tags = filters.CharFilter(method="with_any_tag")
    created_after = Moment("created_at", lookup_expr="gt")
    created_before = Moment("created_at", lookup_expr="lt")

    class Meta:
        model = Document
        fields = ["status", "scope", "mime_type", "created_after", "created_before"]

    def with_any_tag(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        return rows.filter(tags__overlap=[tag for part in value.split(",") if (tag := part.strip())])


class DocumentsView(Listing, ActorView):
    """A user's documents, and those that are shared with everybody."""

    limit_scope = "upload"
    limits_reads = False
    model = Document
    serializer_class = DocumentOutput
    filterset_class = DocumentFilters
    search_fields = ("name",)
    ordering_fields = {"created_at": "created_at", "name": "name", "size_bytes": "size_bytes"}
    parser_classes = [MultiPartParser]
    max_body_bytes = settings.BLOB_MAX_BYTES + FORM_OVERHEAD_BYTES

    def rows(self) -> Any:
        return selectors.visible_to(self.actor)

    @extend_schema(responses=DocumentOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), DocumentOutput)

    @extend_schema(request={"multipart/form-data": DocumentUpload}, responses={202: DocumentOutput})
    def post(self, request: Request) -> Response:
        given = self.body(DocumentUpload)
        upload = given["file"]
        if (upload.size or 0) > settings.BLOB_MAX_BYTES:
            raise TooLarge("The file is too large", limit_bytes=settings.BLOB_MAX_BYTES)
        document = services.add(
            actor=self.actor,
            content=upload.read(),
            file_name=upload.name or "",
            said_type=upload.content_type or "",
            name=given.get("name"),
            tags=given.get("tags", []),
        )
        headers = {"Location": f"/api/inference/documents/{document.pk}/"}
        return Response(DocumentOutput(document).data, status=status.HTTP_202_ACCEPTED, headers=headers)


class DocumentView(ActorView):
    @extend_schema(responses=DocumentOutput)
    def get(self, request: Request, document_id: UUID) -> Response:
        return Response(DocumentOutput(selectors.find(self.actor, document_id)).data)

    @extend_schema(request=DocumentInput, responses=DocumentOutput)
    def patch(self, request: Request, document_id: UUID) -> Response:
        fields = self.body(DocumentInput, partial=True)
        return Response(DocumentOutput(services.update(actor=self.actor, document_id=document_id, fields=fields)).data)

    @extend_schema(responses={204: OpenApiResponse(description="Removed")})
    def delete(self, request: Request, document_id: UUID) -> Response:
        services.delete(actor=self.actor, document_id=document_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class DocumentDownloadView(ActorView):
    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, document_id: UUID) -> HttpResponse:
        document = selectors.find(self.actor, document_id)
        response = HttpResponse(blobs.content_of(document.blob), content_type=document.mime_type)
        response["Content-Disposition"] = attachment(document.blob.file_name)
        return response


class DocumentChunksView(Listing, ActorView):
    """What was read in a document, in order; empty while it is not indexed."""

    limits_reads = False
    model = Chunk
    serializer_class = ChunkOutput
    filter_backends: list[Any] = []

    def rows(self) -> Any:
        document = selectors.find(self.actor, self.kwargs["document_id"])
        return Chunk.objects.filter(document_id=document.pk, is_live=True).order_by("number")

    @extend_schema(responses=ChunkOutput(many=True))
    def get(self, request: Request, document_id: UUID) -> Response:
        return self.listed(self.get_queryset(), ChunkOutput)


class DocumentReadView(ActorView):
    """Has a document read anew; what was read before is found until then."""

    limit_scope = "upload"

    @extend_schema(request=None, responses={202: DocumentOutput})
    def post(self, request: Request, document_id: UUID) -> Response:
        document = services.read_anew(actor=self.actor, document_id=document_id)
        return Response(DocumentOutput(document).data, status=status.HTTP_202_ACCEPTED)


class DocumentShareView(ActorView):
    @extend_schema(request=DocumentShareInput, responses=DocumentOutput)
    def post(self, request: Request, document_id: UUID) -> Response:
        selectors.find(self.actor, document_id)  # who does not see it learns that, whatever he sends
        scope = self.body(DocumentShareInput)["scope"]
        return Response(DocumentOutput(services.share(actor=self.actor, document_id=document_id, scope=scope)).data)
