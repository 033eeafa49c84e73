"""What views share: the acting user, limits on calls, and reading a body through a serializer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Model
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from core.asgi.callers import network_of
from core.asgi.open_requests import knows
from core.errors import Invalid, NotAuthenticated, RateLimited
from core.models import User
from core.web import abuse, rate_limits
from core.web.rate_limits import Standing
from core.web.rendering import let_go
from core.web.tiers import Scope


class LimitedView(GenericAPIView[Any]):
    """A view that may have a limit, and refuses blocked addresses whoever they are not."""

    limit_scope: ClassVar[Scope | None] = None
    limits_reads: ClassVar[bool] = True
    # The scope an API key needs, or that of each method (`core.accounts.permissions` says it of what is not named).
    key_scope: ClassVar[str | Mapping[str, str] | None] = None
    standing: Standing | None = None

    def check_throttles(self, request: Request) -> None:
        """Count the call. Raises: RateLimited, IpBlocked."""
        user = request.user if isinstance(request.user, User) else None
        ip = abuse.client_ip(request)
        if user is None:
            abuse.check(ip, timezone.now())
        else:
            knows(getattr(request, "scope", None), user.pk)
        scope = self.limit_scope
        if scope is None or (not self.limits_reads and request.method in SAFE_METHODS):
            return
        self.standing = standing = self.counted(request, scope)
        if standing is not None and standing.is_over:
            abuse.note(ip, "rate_limited", timezone.now())
            raise RateLimited(f"At most {standing.limit} such calls are allowed at a time", scope=scope)

    def counted(self, request: Request, scope: Scope) -> Standing | None:
        """Count the call for whom it is of."""
        user = request.user
        if isinstance(user, User):
            return rate_limits.count(scope, str(user.pk), user.tier)
        return rate_limits.count_open(scope, network_of(abuse.client_ip(request)))

    def finalize_response(self, request: Request, response: Response, *arguments: Any, **keywords: Any) -> Response:
        for name, value in self.standing.headers().items() if self.standing is not None else ():
            response[name] = value
        made: Response = super().finalize_response(request, response, *arguments, **keywords)
        return made


class OpenView(LimitedView):
    """A view for anybody."""

    max_body_bytes = 64 * 1024
    permission_classes = [AllowAny]
    authentication_classes = []


def base_url(request: Request) -> str:
    """Return the address that people and other services reach this installation by."""
    return settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"


class ActorView(LimitedView):
    """A view for signed-in users."""

    serializer_class: type[BaseSerializer[Any]] | None = None

    def handle_exception(self, exc: Exception) -> Response:
        """Answer who is not signed in and comes from a blocked address with that."""
        if isinstance(exc, (NotAuthenticated, exceptions.NotAuthenticated)):
            try:
                abuse.check(abuse.client_ip(self.request), timezone.now())
            except abuse.IpBlocked as blocked:
                exc = blocked
        response: Response = super().handle_exception(exc)
        return response

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


class Listing:
    """What a view with a list says: `rows`, those that the actor sees, and what they are rows of.

    Who writes the OpenAPI document asks in nobody's name, and is given none.
    """

    model: type[Model]

    def rows(self) -> Any:
        raise NotImplementedError

    def get_queryset(self) -> Any:
        return self.model._default_manager.none() if getattr(self, "swagger_fake_view", False) else self.rows()


def read_body(request: Request, serializer: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Invalid("The body must be a JSON object.")
    reader = serializer(data=request.data, partial=partial)
    try:
        reader.is_valid(raise_exception=True)
        return dict(reader.validated_data)
    finally:
        let_go(reader)
