"""Errors as RFC 9457 problem details: one handler for all views."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core import errors
from core.database.errors import is_outage, sentence_of
from core.json import NotStorable, canonical

logger = logging.getLogger(__name__)
REFUSED = logging.getLogger("heddle.refused")
OUTAGE_RETRY_IN_S = 5
CONTENT_TYPE = errors.PROBLEM_MEDIA_TYPE
FAMILIES: dict[type[errors.WorkflowError], tuple[int, str]] = {
    errors.Invalid: (400, "The request is not valid"),
    errors.MalformedJson: (400, "The body is not JSON"),
    errors.NotAuthenticated: (401, "Not signed in"),
    errors.PaymentNeeded: (402, "No credits are left"),
    errors.Forbidden: (403, "Not allowed"),
    errors.Missing: (404, "Not found"),
    errors.Conflict: (409, "Not possible now"),
    errors.Stale: (412, "Somebody else changed it"),
    errors.TooLarge: (413, "Too large"),
    errors.UnsupportedMediaType: (415, "Unsupported media type"),
    errors.Unprocessable: (422, "It cannot be done"),
    errors.RateLimited: (429, "Too many calls"),
    errors.Upstream: (502, "Another service failed"),
    errors.Unavailable: (503, "A part of the service is away"),
    errors.TimedOut: (504, "It took too long"),
}
TITLES = {401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed", 406: "Not acceptable",
          413: "Too large", 415: "Unsupported media type", 500: "Internal error",
          503: "A part of the service is away"}  # fmt: skip


def problem(request: HttpRequest, status: int, code: str, title: str, detail: str, **members: Any) -> dict[str, Any]:
    """Return the members of a problem response."""
    return {
        "type": f"urn:heddle:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
        "request_id": getattr(request, "request_id", None),
        **members,
    }


def status_and_title(exc: errors.WorkflowError) -> tuple[int, str]:
    return next((FAMILIES[family] for family in type(exc).__mro__ if family in FAMILIES), (500, "Internal error"))


def problem_of(request: HttpRequest, exc: errors.WorkflowError) -> dict[str, Any]:
    status, title = status_and_title(exc)
    return problem(request, status, exc.code, title, exc.message, **exc.details)


def problem_response(
    request: HttpRequest, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return a problem outside the REST framework."""
    response = HttpResponse(canonical(body), status=body["status"], content_type=CONTENT_TYPE)
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def handle(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn an exception of a view into its response (the REST framework's EXCEPTION_HANDLER)."""
    request = context["request"]
    headers: dict[str, str] = {}
    if isinstance(exc, errors.WorkflowError):
        body = problem_of(request, exc)
        if exc.retry_in_s is not None:
            headers["Retry-After"] = str(exc.retry_in_s)
    elif isinstance(exc, exceptions.ValidationError):
        found = list(field_errors(exc.detail, exc.get_codes()))
        noun = "field is" if len(found) == 1 else "fields are"
        body = problem(
            request, 400, "validation_error", "The request is not valid", f"{len(found)} {noun} wrong", errors=found
        )
    elif isinstance(exc, NotStorable):
        body = problem(request, 400, "validation_error", "The request is not valid", f"It cannot be stored: {exc}")
    elif isinstance(exc, (exceptions.APIException, Http404, PermissionDenied)):
        body, headers = _framework_problem(request, exc)
    elif isinstance(exc, SuspiciousOperation):
        body = unreadable(request, exc)
    elif is_outage(exc):
        body, headers = _outage(request, exc), {"Retry-After": str(OUTAGE_RETRY_IN_S)}
    else:
        logger.error("a view failed", exc_info=exc, extra={"request_id": getattr(request, "request_id", None)})
        body = problem(request, 500, "internal_error", TITLES[500], "Something went wrong on our side")
    if body["status"] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    _log(request, body)
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def _log(request: HttpRequest, body: Mapping[str, Any]) -> None:
    """Write what was refused, why, whom and by which id; a path whose parts let somebody in is named by its route."""
    match = getattr(request, "resolver_match", None)
    path = f"/{match.route}" if match is not None and "token" in match.route else request.path
    user = vars(request).get("_user")  # as the framework found it: to ask for it would authenticate again
    REFUSED.warning(
        "%s %s: %s %s (%s), user %s, request %s", request.method, path, body["status"], body["code"], body["detail"],
        getattr(user, "pk", None) or "-", body["request_id"] or "-",
    )  # fmt: skip


def _outage(request: HttpRequest, exc: BaseException) -> dict[str, Any]:
    """Return the problem of a call that the database did not take now: the same call is good in a while."""
    logger.error(
        "the database is away: %s", sentence_of(exc), extra={"request_id": getattr(request, "request_id", None)}
    )
    return problem(request, 503, "service_unavailable", TITLES[503], "The database does not answer now")


def _framework_problem(request: HttpRequest, exc: Exception) -> tuple[dict[str, Any], dict[str, str]]:
    headers: dict[str, str] = {}
    if isinstance(exc, Http404):
        return problem(request, 404, "not_found", TITLES[404], "It does not exist, or is not yours"), headers
    if isinstance(exc, PermissionDenied) or not isinstance(exc, exceptions.APIException):
        return problem(request, 403, "permission_denied", TITLES[403], "You may not do this"), headers
    code = {
        exceptions.ParseError: "malformed_json",
        exceptions.NotFound: "not_found",
        exceptions.NotAuthenticated: "not_authenticated",
        exceptions.UnsupportedMediaType: "unsupported_media_type",
    }.get(type(exc), str(exc.get_codes() if isinstance(exc.get_codes(), str) else exc.default_code))
    if isinstance(exc, exceptions.MethodNotAllowed):
        view = getattr(request, "parser_context", {}).get("view")
        headers["Allow"] = ", ".join(view.allowed_methods) if view else ""
    return problem(request, exc.status_code, code, TITLES.get(exc.status_code, "Problem"), str(exc.detail)), headers


def field_errors(detail: Any, codes: Any, path: str = "") -> Any:
    """Yield `{field, code, message}` of a serializer's nested errors; `field` is a dotted path."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            part = "" if key == "non_field_errors" else str(key)
            yield from field_errors(inner, codes[key], ".".join(step for step in (path, part) if step))
    elif isinstance(detail, (list, tuple)):
        for at, inner in enumerate(detail):
            nested = isinstance(inner, (Mapping, list))
            yield from field_errors(inner, codes[at], f"{path}.{at}" if nested else path)
    else:
        yield {"field": path, "code": str(codes), "message": str(detail)}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refuses to read, such as too many fields."""
    return problem_response(request, unreadable(request, exception))


def unreadable(request: HttpRequest, exc: Exception) -> dict[str, Any]:
    """Return the problem of a request that Django refuses to read."""
    if isinstance(exc, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return problem(request, 413, "payload_too_large", TITLES[413], "The body is too large", limit_bytes=limit)
    if isinstance(exc, MultiPartParserError):
        why = f"The body is not what its Content-Type says: {exc}"[:300]
    elif isinstance(exc, TooManyFieldsSent):
        why = "It holds more fields than are read"
    elif isinstance(exc, TooManyFilesSent):
        why = "It holds more files than are read"
    else:
        why = "It cannot be read"
    return problem(request, 400, "malformed_request", "The request is not valid", why)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown route."""
    return problem_response(
        request, problem(request, 404, "not_found", TITLES[404], "There is nothing at this address")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a failure outside the REST framework."""
    exc = sys.exception()
    if exc is not None and is_outage(exc):
        return problem_response(request, _outage(request, exc), {"Retry-After": str(OUTAGE_RETRY_IN_S)})
    return problem_response(
        request, problem(request, 500, "internal_error", TITLES[500], "Something went wrong on our side")
    )
