"""Signing in with Google over HTTP."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import google, serializers
from core.accounts.views.tokens import answer_with_tokens
from core.models import ApiKey, User
from core.web.views import LimitedView, base_url, read_body


def _signed_in(request: Request) -> User | None:
    """Return who signed in himself: a key joins no accounts."""
    return request.user if isinstance(request.user, User) and not isinstance(request.auth, ApiKey) else None


class GoogleInitView(LimitedView):
    """For anybody; who is signed in can join his account with a Google account."""

    limit_scope = "auth"
    permission_classes = [AllowAny]

    @extend_schema(request=serializers.GoogleInitInput, responses=serializers.GoogleInitOutput)
    def post(self, request: Request) -> Response:
        given = read_body(request, serializers.GoogleInitInput)
        url, state = google.begin_login(
            redirect_uri=given["redirect_uri"],
            base_url=base_url(request),
            actor=_signed_in(request),
            now=timezone.now(),
        )
        return Response({"authorization_url": url, "state": state})


class GoogleCallbackView(LimitedView):
    """For anybody; who is signed in joins his account with the Google account."""

    limit_scope = "auth"
    permission_classes = [AllowAny]

    @extend_schema(request=serializers.GoogleCallbackInput, responses=serializers.TokensOutput)
    def post(self, request: Request) -> Response:
        given = read_body(request, serializers.GoogleCallbackInput)
        actor = _signed_in(request)
        user, _ = google.finish_login(
            code=given["code"], state=given["state"], actor=actor, otp=given["otp"], now=timezone.now()
        )
        return answer_with_tokens(user, status.HTTP_200_OK, cookie=given["cookie"])
