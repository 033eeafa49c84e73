"""The page behind a mail's link. Opening it decides nothing, and shows nothing.

The token stands behind the `#` of the link: no server, log or referrer ever sees it there. The page's script takes it
out of the address and posts it; that shows the task, and only the form of that page decides.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core.asgi.sizes import takes_bodies
from core.errors import WorkflowError
from core.forms.fields import data_of, fields_of
from core.web.problems import problem_of, problem_response, unreadable
from core.web.public_limits import admit
from executor.models import HumanTask
from orchestrator.models import Workflow
from orchestrator.people import mails as notifying
from orchestrator.people import tasks
from orchestrator.people.context_table import rows_of
from orchestrator.people.tasks import ACTIONS, Reply
from orchestrator.public_pages import public_page


@csrf_exempt  # the token itself is the right to answer, and nothing else of the browser counts
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer_page(request: HttpRequest) -> HttpResponse:
    """Ask for the token of a mail; show its task to who sends one, and take the answer of the form."""
    try:
        admit(request, "pages")
        if request.method != "POST":
            return public_page(request, "orchestrator/open_task.html", {}, runs_script=True)
        token = request.POST.get("token", "")  # Django reads the body now, and refuses what is too much
        task, user = notifying.opened(token)
    except WorkflowError as exc:
        headers = {"Retry-After": str(exc.retry_in_s)} if exc.retry_in_s is not None else None
        return problem_response(request, problem_of(request, exc), headers)
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent, MultiPartParserError) as exc:
        return problem_response(request, unreadable(request, exc))
    problem, status = "", 200
    if request.POST.get("action"):
        try:
            reply = Reply(request.POST["action"], _data(task, request), request.POST.get("comment", "")[:5000])
            task = tasks.respond(actor=user, task_id=task.pk, reply=reply, now=timezone.now())
        except WorkflowError as exc:
            problem, status = exc.message, problem_of(request, exc)["status"]
            task.refresh_from_db()
    shown = {**_shown(task, request, problem), "token": token}
    return public_page(request, "orchestrator/human_task.html", shown, status=status)


@never_cache
@require_safe
def old_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token of a link of an earlier release out of the address."""
    try:
        admit(request, "pages")
    except WorkflowError as exc:
        return problem_response(request, problem_of(request, exc), {"Retry-After": str(exc.retry_in_s or 1)})
    moved = HttpResponseRedirect(f"/hitl/#{quote(token, safe=':')}")
    moved["Referrer-Policy"] = "no-referrer"
    return moved


for _view in (answer_page, old_link):
    takes_bodies(_view, most_bytes=1024 * 1024)


def _shown(task: HumanTask, request: HttpRequest, problem: str) -> dict[str, Any]:
    offered = [{"value": option["value"], "label": option["label"]} for option in task.options]
    if task.type not in tasks.WITH_OPTIONS:
        offered = [{"value": one, "label": one.capitalize()} for one in ACTIONS[task.type]]
    return {
        "task": task,
        "is_open": task.status == HumanTask.Status.PENDING,
        "actions": offered,
        "context": rows_of(task.context),
        "fields": fields_of(task.form, data_of(task.form, request.POST) if request.POST.get("action") else None)
        if task.form
        else [],
        "asks_text": task.form is None and task.type == "clarification",
        "data": request.POST.get("data", ""),
        "problem": problem,
    }


def _data(task: HumanTask, request: HttpRequest) -> Any:
    """Return the data of the page: an object where the task has a form, else text."""
    if task.form is None:
        return request.POST.get("data", "").strip() or None
    return data_of(task.form, request.POST, _zone(task))


def _zone(task: HumanTask) -> str:
    """Return the time zone of a task's workflow, in which a page's times are read."""
    if task.workflow_id is None:
        return "UTC"
    settings = Workflow.objects.filter(pk=task.workflow_id).values_list("settings", flat=True).first()
    return str((settings or {}).get("timezone") or "UTC")
