"""What views share: the acting user, and reading a body through a serializer."""

from __future__ import annotations

from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from core.errors import Invalid
from core.models import User


class ActorView(GenericAPIView[Any]):
    """A view for signed-in users."""

    serializer_class: type[BaseSerializer[Any]] | None = None

    @property
    def actor(self) -> User:
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101 (the permission class let nobody else in)
        return user

    def body(self, serializer: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """Return the validated body. Raises: ValidationError, Invalid where it is not an object."""
        return read_body(self.request, serializer, partial=partial)

    def listed(self, rows: Any, serializer: type[BaseSerializer[Any]]) -> Response:
        """Return a page of rows."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(serializer(page, many=True, context=self.get_serializer_context()).data)


def read_body(request: Request, serializer: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Invalid("The body must be a JSON object.")
    reader = serializer(data=request.data, partial=partial)
    reader.is_valid(raise_exception=True)
    return dict(reader.validated_data)
