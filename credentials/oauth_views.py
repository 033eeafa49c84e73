"""The log-in of OAuth credentials: away to the provider, and back."""

from __future__ import annotations

from hmac import compare_digest
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponseRedirect
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from core.http.oauth import LIVES, StateInvalid, browser_mark
from core.web.abuse import client_ip
from core.web.views import OpenView, base_url
from credentials import oauth, serializers
from credentials.views import VisitorView

COOKIE, COOKIE_PATH = "heddle_oauth", "/api/credentials/oauth/"


class OAuthStartView(VisitorView):
    @extend_schema(request=serializers.OAuthStartInput, responses=serializers.OAuthStartOutput)
    def post(self, request: Request) -> Response:
        given = self.body(serializers.OAuthStartInput)
        credential = self.own(given["credential_id"]) if given.get("credential_id") else None
        if credential is None and not given["name"]:
            raise Invalid("A new credential needs a name.", field="name", reason="required")
        wanted = oauth.Wanted(
            given["type"], given["name"], credential, tuple(given.get("scopes", ())), given["return_to"]
        )
        url, state, until = oauth.start(
            visitor=self.visitor, wanted=wanted, base_url=base_url(request), now=timezone.now()
        )
        shown = serializers.OAuthStartOutput({"authorization_url": url, "state": state, "expires_at": until})
        response = Response(shown.data)
        response.set_cookie(
            COOKIE, browser_mark(state), max_age=int(LIVES.total_seconds()), httponly=True, secure=settings.PRODUCTION,
            samesite="Lax", path=COOKIE_PATH,
        )  # fmt: skip
        return response


class OAuthCallbackView(OpenView):
    """Only the browser that began may end it: else a link from somebody would store one's tokens for him."""

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("code", "state", "error")],
        responses={302: OpenApiResponse(description="To `return_to`, with `credential_id` or `error`")},
    )
    def get(self, request: Request) -> HttpResponseRedirect:
        asked = request.query_params
        mark = request.COOKIES.get(COOKIE, "")
        expected = browser_mark(asked.get("state", ""))
        if settings.OAUTH_BINDS_BROWSER and not compare_digest(mark.encode(errors="replace"), expected.encode()):
            raise StateInvalid("This log-in was begun in another browser.", field="state")
        done = oauth.come_back(
            state=asked.get("state", ""), code=asked.get("code", ""), error=asked.get("error", ""),
            ip=client_ip(request), now=timezone.now(),
        )  # fmt: skip
        said = {"error": done.error} if done.error else {"credential_id": str(done.credential_id)}
        target = done.return_to or "/app/credentials"
        response = HttpResponseRedirect(f"{target}{'&' if '?' in target else '?'}{urlencode(said)}")
        response.delete_cookie(COOKIE, path=COOKIE_PATH)
        return response
