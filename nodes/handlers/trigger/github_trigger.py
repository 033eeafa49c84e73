"""The GitHub trigger: what happens in a repository starts a run; its webhook is made and taken away by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from core.errors import Invalid
from core.json import MAX_DEPTH, loads
from core.values.kinds import is_object
from nodes.base import LITERAL, CredentialSlot, Effect, Look, NodeFailed, NodeParams, Reach
from nodes.calling import Delivery, Taken, is_signed
from nodes.handlers.trigger.github_hooks import SLOT, Repository, repository
from nodes.pushing import Hook, PushType

SIGNATURE = "x-hub-signature-256"
ALL = "all"
LABELS: dict[str, Any] = {"all": "All events", "gollum": "Wiki pages", "meta": "Webhook removed"}
Event = Literal[  # the usual ones first
    "all", "push", "pull_request", "issues", "issue_comment", "release", "create", "delete", "pull_request_review",
    "pull_request_review_comment", "workflow_run", "check_run", "deployment", "star", "fork",
    "branch_protection_rule", "check_suite", "code_scanning_alert", "commit_comment", "dependabot_alert",
    "deployment_status", "discussion", "discussion_comment", "gollum", "label", "member", "merge_group", "meta",
    "milestone", "package", "page_build", "public", "pull_request_review_thread", "registry_package", "repository",
    "repository_import", "repository_vulnerability_alert", "secret_scanning_alert", "status", "team_add", "watch",
    "workflow_job",
]  # fmt: skip


class GithubParams(NodeParams):
    owner: str = Field(
        min_length=1, max_length=100, title="Owner", description="A user or an organisation",
        json_schema_extra={**LITERAL, "placeholder": "octocat"},
    )  # fmt: skip
    repository: str = Field(
        min_length=1, max_length=100, title="Repository", json_schema_extra={**LITERAL, "placeholder": "hello-world"}
    )
    events: list[Event] = Field(
        default=["push"], min_length=1, title="Events",
        json_schema_extra={**LITERAL, "option_labels": LABELS},
    )  # fmt: skip

    @field_validator("owner", "repository")
    @classmethod
    def _name_is_plain(cls, value: str) -> str:
        if not re.fullmatch(r"[\w.-]+", value, re.ASCII) or not value.strip("."):
            raise ValueError("letters, digits, - _ and .")
        return value


class GithubTrigger(PushType[GithubParams]):
    """Start on an event of a repository. Outputs: {"event", "action", "delivery_id", "headers", "body"} by "main"."""

    kind = "github_trigger"
    effect: ClassVar[Effect] = "write"
    Params = GithubParams
    credentials = (CredentialSlot(SLOT, ("github", "github_oauth2"), required=True),)
    look = Look(
        label="GitHub Trigger",
        description="Starts when something happens in a GitHub repository.",
        category="trigger",
        icon="git-branch",
        color="#16a34a",
        summary="{{ owner }}/{{ repository }}",
        aliases=("git", "push", "pull request", "issue", "repository", "webhook"),
        docs="A deployment makes a webhook in the repository; undeploying, deleting or archiving the workflow, another "
        "repository or another credential take it away. Both happen in the background, and are tried again until they "
        "succeed: the triggers of the workflow show how far it is. The token needs the right to manage webhooks "
        "(*Webhooks: read and write*, or `admin:repo_hook`). Calls are verified by their signature, `ping` is "
        "answered, and the same delivery starts one run in 24 hours. GitHub must be able to reach this installation: "
        "set `HEDDLE_PUBLIC_URL`.",
        output_fields=(
            ("event", "string"), ("action", "string"), ("delivery_id", "string"), ("headers", "json"), ("body", "json"),
        ),
    )  # fmt: skip

    async def register(self, params: GithubParams, hook: Hook, ctx: Reach) -> Mapping[str, Any]:
        at = await repository(params.owner, params.repository, ctx)
        for hook_id in (found := await at.find(hook.url))[1:]:
            await at.delete(hook_id)  # requests that crossed
        if found and await at.change(found[0], hook, _asked_for(params)):
            return {"hook_id": found[0]}
        return {"hook_id": await _created(at, params, hook)}

    async def remove(self, params: GithubParams, hook: Hook, ctx: Reach) -> None:
        at = await repository(params.owner, params.repository, ctx)
        try:
            hook_ids = await at.find(hook.url)
        except NodeFailed as exc:
            if exc.node_code == "github_not_found":
                return  # the repository is gone, and its webhooks with it
            raise
        for hook_id in hook_ids:
            await at.delete(hook_id)

    def identity(self, params: GithubParams) -> Mapping[str, Any]:
        return {"owner": params.owner.lower(), "repository": params.repository.lower()}

    def accepts(self, params: GithubParams, headers: Mapping[str, str], raw: bytes, secret: Mapping[str, str]) -> bool:
        kind, _, signature = headers.get(SIGNATURE, "").partition("=")
        return kind == "sha256" and is_signed(signature, secret.get("secret", ""), raw)

    def take(self, params: GithubParams, delivery: Delivery) -> Taken:
        event, delivery_id = delivery.headers.get("x-github-event", ""), delivery.headers.get("x-github-delivery", "")
        if not event or not delivery_id:
            raise Invalid("X-GitHub-Event and X-GitHub-Delivery are needed", field="headers", reason="required")
        if event == "ping":
            return Taken(None, answer={"status": "pong"})
        if ALL not in params.events and event not in params.events:
            return Taken(None, answer={"status": "ignored", "event": event})
        body = _payload(delivery)
        shown = {name: "***" if name.startswith("x-hub-signature") else text for name, text in delivery.shown.items()}
        action = body.get("action")
        return Taken(
            {
                "event": event, "action": action if isinstance(action, str) else "", "delivery_id": delivery_id,
                "headers": shown, "body": body,
            },
            delivery_id,
        )  # fmt: skip


def _asked_for(params: GithubParams) -> list[str]:
    """Return the events as GitHub names them."""
    return ["*"] if ALL in params.events else list(params.events)


async def _created(at: Repository, params: GithubParams, hook: Hook) -> int:
    try:
        return await at.create(hook, _asked_for(params))
    except NodeFailed as exc:
        if exc.node_code != "github_hook_exists":
            raise
    for hook_id in await at.find(hook.url):  # made by a request whose answer was lost
        if await at.change(hook_id, hook, _asked_for(params)):
            return hook_id
    raise NodeFailed("github_hook_exists", "GitHub says there is such a webhook, and shows none", retryable=True)


def _payload(delivery: Delivery) -> Mapping[str, Any]:
    """Return the payload: the body, or the field of a form that holds it. Raises: ValueError where it is no object."""
    body = delivery.body
    is_form = delivery.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    if is_form and is_object(body) and isinstance(body.get("payload"), str):
        body = loads(body["payload"].encode(), depth=MAX_DEPTH)
    if not is_object(body):
        raise ValueError("the payload is no object")
    return body
