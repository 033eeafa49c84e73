"""Sessions, users and messages for the administration site alone.

The API has log-ins of its own and needs none of them: Django's middleware would send each of its requests through a
thread. Cross-site requests are refused by the site's own views, each of which asks for the token.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

# Its scripts and styles are files of Django's; nothing of it stands in the pages.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def is_of_the_site(request: HttpRequest) -> bool:
    return bool(settings.ADMIN_PATH) and request.path_info.startswith(settings.ADMIN_PATH)


class _OfTheSite(MiddlewareMixin):
    """Middleware that lets all other requests pass by, on the loop where the server is."""

    def __call__(self, request: HttpRequest) -> Any:
        if self.async_mode or is_of_the_site(request):
            return super().__call__(request)
        return self.get_response(request)

    async def __acall__(self, request: HttpRequest) -> Any:
        if is_of_the_site(request):
            return await super().__acall__(request)
        return await self.get_response(request)  # type: ignore[misc]  # it is a coroutine function in this mode


class Sessions(_OfTheSite, SessionMiddleware):
    """The site's cookie; and what all its answers say."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        made = super().process_response(request, response)
        made.headers.setdefault("Content-Security-Policy", POLICY)
        made.headers.setdefault("Cache-Control", "no-store")
        return made


class Users(_OfTheSite, AuthenticationMiddleware):
    """Who has signed in to the site."""


class Messages(_OfTheSite, MessageMiddleware):
    """What the site says once, on its next page."""
