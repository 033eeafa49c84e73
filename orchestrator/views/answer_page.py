"""The page behind a mail's link: it shows a task and asks; only its form decides."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.errors import WorkflowError
from core.form_fields import data_of, fields_of
from core.json import dumps
from core.problems import problem_of, problem_response, unreadable
from core.public_limits import admit
from executor.models import HumanTask
from orchestrator.services import human_tasks, notifying
from orchestrator.services.human_tasks import ACTIONS, Reply


@csrf_exempt  # the link itself is the right to answer, and nothing else of the browser counts
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show a task to the person a link was sent to, and take the answer of its form."""
    try:
        admit(request, "pages")
        task, user = notifying.opened(token)
        _ = request.POST  # Django reads it now, and refuses what is too much
    except WorkflowError as exc:
        headers = {"Retry-After": str(exc.retry_in_s)} if exc.retry_in_s is not None else None
        return problem_response(request, problem_of(request, exc), headers)
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent, MultiPartParserError) as exc:
        return problem_response(request, unreadable(request, exc))
    problem, status = "", 200
    if request.method == "POST":
        try:
            reply = Reply(request.POST.get("action", ""), _data(task, request), request.POST.get("comment", "")[:5000])
            task = human_tasks.respond(actor=user, task_id=task.pk, reply=reply, now=timezone.now())
        except WorkflowError as exc:
            problem, status = exc.message, problem_of(request, exc)["status"]
            task.refresh_from_db()
    page = render(request, "orchestrator/human_task.html", _shown(task, request, problem), status=status)
    page["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    )
    page["Referrer-Policy"] = "no-referrer"
    page["X-Robots-Tag"] = "noindex"
    return page


answer_page.max_body_bytes = 1024 * 1024  # type: ignore[attr-defined]


def _shown(task: HumanTask, request: HttpRequest, problem: str) -> dict[str, Any]:
    values = [{"value": option["value"], "label": option["label"]} for option in task.options]
    offered = (
        values if task.type == "choice" else [{"value": one, "label": one.capitalize()} for one in ACTIONS[task.type]]
    )
    return {
        "task": task,
        "is_open": task.status == HumanTask.Status.PENDING,
        "actions": offered,
        "context": dumps(task.context).decode() if task.context else "",
        "fields": fields_of(task.form, data_of(task.form, request.POST) if request.POST else None) if task.form else [],
        "asks_text": task.form is None and task.type == "clarification",
        "data": request.POST.get("data", ""),
        "problem": problem,
    }


def _data(task: HumanTask, request: HttpRequest) -> Any:
    """Return the data of the page: an object where the task has a form, else text."""
    if task.form is None:
        return request.POST.get("data", "").strip() or None
    return data_of(task.form, request.POST)
