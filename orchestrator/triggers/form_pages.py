"""The page of a form trigger: GET shows it, POST starts a run. Programs post JSON to the same URL."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from core.errors import Invalid, MalformedJson, TooLarge
from core.forms.fields import data_of, fields_of, file_fields
from core.ids import new_id
from core.json import MAX_DEPTH, NotStorable, TooHeavy, dumps, loads
from core.storage.blobs import Upload
from core.values.hosts import readable_parts
from nodes.calling import FormPage
from orchestrator.public_pages import public_page
from orchestrator.starting.call import Call
from orchestrator.triggers import forms
from orchestrator.triggers.forms import Submission


def answer(request: HttpRequest, call: Call, page: FormPage, run_id: UUID) -> HttpResponse:
    """Answer a call of a form's URL. Raises: Invalid, MalformedJson where a program posts."""
    if request.method in ("GET", "HEAD"):
        return _page(request, page, fields_of(page.form, request.GET.dict()))
    if "json" in (request.content_type or ""):
        started = forms.start(call=call, page=page, sent=_posted_json(request), run_id=run_id, now=timezone.now())
        body = {"execution_id": str(started.execution_id), "status": "pending"}
        return HttpResponse(dumps(body), status=202, content_type="application/json")
    workflow_settings = call.settings if call.listener is None else call.listener.workflow.settings
    zone = str(workflow_settings.get("timezone") or "UTC")
    uploads = {name: cast("list[Upload]", several) for name, several in request.FILES.lists()}
    sent = forms.from_page(page, request.POST, uploads, zone)
    try:
        forms.start(call=call, page=page, sent=sent, run_id=run_id, now=timezone.now())
    except Invalid as exc:
        errors = cast("list[dict[str, str]]", exc.details["errors"])
        problems = {one["field"].split(".")[0]: one["message"] for one in errors}
        shown = fields_of(page.form, data_of(page.form, request.POST), problems)
        return _page(request, page, shown, status=400, problem=problems.get("", exc.message))
    if page.redirect_url:
        return redirect(page.redirect_url)
    return _page(request, page, [], is_sent=True)


def _posted_json(request: HttpRequest) -> Submission:
    try:
        body = loads(request.body or b"{}", depth=MAX_DEPTH + 2)
    except TooHeavy as exc:
        raise TooLarge(f"The body is too large: {exc}", limit_bytes=settings.WEBHOOK_BODY_MAX_BYTES) from exc
    except NotStorable as exc:
        raise MalformedJson(str(exc)) from exc
    if not isinstance(body, dict) or not isinstance(body.get("fields"), dict):
        raise Invalid("An object with `fields` is needed.", field="fields", reason="required")
    return Submission(body["fields"], key=request.headers.get("Idempotency-Key"))


def _page(request: HttpRequest, page: FormPage, fields: list[Any], *, status: int = 200, **more: Any) -> HttpResponse:
    shown = {
        "form": page,
        "fields": fields,
        "has_files": bool(file_fields(page.form)),
        "submission_id": request.POST.get("submission_id") or new_id(),
        **more,
    }
    target = readable_parts(page.redirect_url)
    to = f"{target.scheme}://{target.netloc}" if page.redirect_url else ""  # browsers ask of a redirect, too
    return public_page(request, "orchestrator/form.html", shown, status=status, forms_to=to)
