"""Files over HTTP."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.accounts.serializers import BlobListedOutput, BlobOutput
from core.asgi.sizes import FORM_OVERHEAD_BYTES
from core.errors import Invalid, TooLarge
from core.models import Blob
from core.storage import blobs
from core.values.dispositions import attachment
from core.web.filters import IdFilter, Moment
from core.web.views import ActorView
from orchestrator.files import files
from orchestrator.selectors import workflow_for


class BlobFilters(filters.FilterSet):
    execution_id = IdFilter()
    mime_type = filters.CharFilter()
    created_after = Moment("created_at", lookup_expr="gt")
    created_before = Moment("created_at", lookup_expr="lt")

    class Meta:
        model = Blob
        fields = ["execution_id", "mime_type", "created_after", "created_before"]


class BlobsView(ActorView):
    """A user's files: those he uploaded and those his runs made; with `execution_id` those of a run that he sees."""

    key_scope = {"post": "run"}
    limit_scope = "upload"
    limits_reads = False
    queryset = Blob.objects.none()
    serializer_class = BlobListedOutput
    filterset_class = BlobFilters
    search_fields = ("file_name",)
    ordering_fields = {"created_at": "created_at", "size_bytes": "size_bytes", "file_name": "file_name"}
    parser_classes = [MultiPartParser]
    max_body_bytes = settings.BLOB_MAX_BYTES + FORM_OVERHEAD_BYTES

    @extend_schema(responses=BlobListedOutput(many=True))
    def get(self, request: Request) -> Response:
        rows = files.files_of(self.actor, id_in(request.query_params.get("execution_id")))
        return self.listed(self.filter_queryset(rows.order_by("-created_at")), BlobListedOutput)

    @extend_schema(
        request={
            "multipart/form-data": {
                "type": "object",
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "workflow_id": {
                        "type": "string",
                        "format": "uuid",
                        "description": "Keep it in the account of this workflow, whose runs can read it then",
                    },
                },
                "required": ["file"],
            }
        },
        responses={201: BlobOutput},
    )
    def post(self, request: Request) -> Response:
        upload = request.FILES.get("file")
        if upload is None:
            raise Invalid("A file is needed here.", field="file", reason="required")
        if (upload.size or 0) > settings.BLOB_MAX_BYTES:
            raise TooLarge("The file is too large", limit_bytes=settings.BLOB_MAX_BYTES)
        blob = blobs.save(
            owner_id=self._account(request.POST.get("workflow_id")),
            content=upload.read(),
            file_name=upload.name or "",
            mime_type=upload.content_type or "",
            uploaded_by=self.actor.pk,
        )
        return Response(blobs.reference(blob), status=status.HTTP_201_CREATED)

    def _account(self, workflow_id: str | None) -> UUID:
        """Return whose the file will be: the caller's, or a workflow's whose runs he may start. Raises: Missing."""
        if not workflow_id:
            return self.actor.pk
        wanted = id_in(workflow_id)
        if wanted is None:
            raise Invalid("The id of a workflow.", field="workflow_id")
        return workflow_for(self.actor, wanted, needs=Role.RUNNER).owner_id


def id_in(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


class BlobView(ActorView):
    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, blob_id: UUID) -> HttpResponse:
        blob = files.file_for(self.actor, blob_id, needs=Role.VIEWER)
        content = blobs.load(owner_id=blob.owner_id, blob_id=str(blob.pk))
        response = HttpResponse(content, content_type=blob.mime_type)
        response["Content-Disposition"] = attachment(blob.file_name)
        return response

    @extend_schema(request=None, responses={204: OpenApiResponse(description="Removed")})
    def delete(self, request: Request, blob_id: UUID) -> Response:
        files.delete(actor=self.actor, blob_id=blob_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
