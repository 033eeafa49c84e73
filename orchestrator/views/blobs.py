"""Files over HTTP."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core import blobs
from core.asgi.sizes import FORM_OVERHEAD_BYTES
from core.errors import Invalid, TooLarge
from core.serializers import BlobOutput
from core.views_base import ActorView


class BlobsView(ActorView):
    parser_classes = [MultiPartParser]
    max_body_bytes = settings.BLOB_MAX_BYTES + FORM_OVERHEAD_BYTES

    @extend_schema(
        request={
            "multipart/form-data": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
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
            owner_id=self.actor.pk,
            content=upload.read(),
            file_name=upload.name or "",
            mime_type=upload.content_type or "",
        )
        return Response(blobs.reference(blob), status=status.HTTP_201_CREATED)


class BlobView(ActorView):
    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, blob_id: UUID) -> HttpResponse:
        blob = blobs.find(owner_id=self.actor.pk, blob_id=str(blob_id))
        content = blobs.load(owner_id=self.actor.pk, blob_id=str(blob_id))
        response = HttpResponse(content, content_type=blob.mime_type)
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(blob.file_name)}"
        return response
