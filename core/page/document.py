"""The page of `/app/…`: one document for all addresses of the editor, with a nonce and the chosen theme."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from core.asgi.sizes import takes_bodies
from core.page.built import built

THEME_COOKIE = "heddle_theme"
THEMES = ("light", "dark")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)


@require_safe
def page(request: HttpRequest, path: str = "") -> HttpResponse:
    """Return the editor's document; without a built editor, the sentence that says how to get it."""
    files = built()
    nonce = secrets.token_urlsafe(16)
    theme = request.COOKIES.get(THEME_COOKIE, "")
    shown = {
        "nonce": nonce,
        "theme": theme if theme in THEMES else "system",
        "base": settings.FRONTEND_URL,
        "built": files,
        "has_google": bool(settings.OAUTH_CLIENTS["GOOGLE"][0]),
    }
    name = "core/app.html" if files else "core/app_missing.html"
    answer = HttpResponse(render_to_string(name, shown), status=200 if files else 503)
    answer["Cache-Control"] = "no-store"
    answer["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    return answer


@require_safe
def to_page(request: HttpRequest) -> HttpResponse:
    """Lead from `/` to the editor."""
    return HttpResponseRedirect("/app/")


for _view in (page, to_page):
    takes_bodies(_view, most_bytes=64 * 1024)
