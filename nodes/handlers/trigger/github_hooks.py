"""GitHub's REST interface for the webhooks of a repository: found by their URL, made, changed and taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from core.http.requests import HttpAuth, request_of
from core.json import NotStorable, dumps, loads
from core.values.kinds import is_list, is_object
from nodes.abilities import HttpReply
from nodes.base import NodeFailed, Reach
from nodes.pushing import Hook

SLOT = "github"
API = "https://api.github.com"
PER_PAGE, MOST_PAGES = 100, 10
TIMEOUT_S = 20
MOST_BYTES = 4 * 1024 * 1024
MOST_PAUSE_S = 6 * 3600
HEADERS = (
    ("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28"),
    ("Content-Type", "application/json"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at one of GitHub's servers, in the name of a credential."""

    api: str
    owner: str
    name: str
    auth: HttpAuth
    ctx: Reach

    async def find(self, url: str) -> list[int]:
        """Return the ids of the webhooks that call an address, whatever server it was given with."""
        found: list[int] = []
        for page in range(1, MOST_PAGES + 1):
            hooks = _json(await self._send("GET", f"?per_page={PER_PAGE}&page={page}"), 200)
            if not is_list(hooks):
                raise NodeFailed("github_unreadable", "GitHub answered with no list of webhooks", retryable=True)
            found += [hook["id"] for hook in hooks if _calls(hook, url)]
            if len(hooks) < PER_PAGE:
                return found
        return found

    async def create(self, hook: Hook, events: Sequence[str]) -> int:
        """Make a webhook. Raises: NodeFailed, "github_hook_exists" where there is one already."""
        made = _json(await self._send("POST", "", {"name": "web", **_wanted(hook, events)}), 201)
        if not is_object(made) or not isinstance(made.get("id"), int):
            raise NodeFailed("github_unreadable", "GitHub did not say which webhook it made", retryable=True)
        return int(made["id"])

    async def change(self, hook_id: int, hook: Hook, events: Sequence[str]) -> bool:
        """Give a webhook its address, secret and events; returns False where there is none of that id."""
        reply = await self._send("PATCH", f"/{hook_id}", _wanted(hook, events))
        if reply.status == 404:
            return False
        _json(reply, 200)
        return True

    async def delete(self, hook_id: int) -> None:
        """Take a webhook away, if it is there."""
        reply = await self._send("DELETE", f"/{hook_id}")
        if reply.status not in (204, 404):
            raise _problem(reply)

    async def _send(self, method: str, rest: str, body: Mapping[str, Any] | None = None) -> HttpReply:
        path = f"repos/{quote(self.owner, safe='')}/{quote(self.name, safe='')}/hooks{rest}"
        return await self.ctx.http.send(
            request_of(
                method, f"{self.api}/{path}", headers=HEADERS, body=None if body is None else dumps(body),
                auth=self.auth, timeout_s=TIMEOUT_S, max_bytes=MOST_BYTES,
            )
        )  # fmt: skip


async def repository(owner: str, name: str, ctx: Reach) -> Repository:
    """Return a repository as the node's credential reaches it. Raises: NodeFailed."""
    found, auth = await ctx.credentials.get(SLOT), await ctx.credentials.for_http(SLOT)
    if found is None or auth is None:
        raise NodeFailed("credential_missing", "A GitHub credential is needed")
    return Repository((found[1].get("base_url") or API).rstrip("/"), owner, name, auth, ctx)


def _wanted(hook: Hook, events: Sequence[str]) -> dict[str, Any]:
    config = {"url": hook.url, "content_type": "json", "insecure_ssl": "0", "secret": hook.secret}
    return {"active": True, "events": list(events), "config": config}


def _calls(hook: Any, url: str) -> bool:
    """Tell whether a webhook calls an address: by its path, as the server's own name may have changed since."""
    config = hook.get("config") if is_object(hook) else None
    given = config.get("url") if is_object(config) else None
    if not isinstance(given, str) or not isinstance(hook.get("id"), int):
        return False
    try:
        return urlsplit(given).path == urlsplit(url).path
    except ValueError:
        return False


def _json(reply: HttpReply, expected: int) -> Any:
    """Return what a reply holds. Raises: NodeFailed where it is not the one expected."""
    if reply.status != expected:
        raise _problem(reply)
    try:
        return loads(reply.body)
    except (NotStorable, ValueError) as exc:
        raise NodeFailed("github_unreadable", "GitHub answered with no JSON", retryable=True) from exc


def _problem(reply: HttpReply) -> NodeFailed:
    """Return what is wrong, and whether another try can help."""
    said = _said(reply)
    if reply.status == 401:
        return NodeFailed("credential_invalid", f"GitHub refuses this credential: {said}")
    if reply.status == 429 or (reply.status == 403 and _is_limited(reply)):
        pause_s = _pause_s(reply)
        return NodeFailed("github_limited", f"GitHub asks to wait: {said}", retryable=True, retry_after_s=pause_s)
    if reply.status == 403:
        return NodeFailed("github_forbidden", f"The token may not manage webhooks here: {said}")
    if reply.status == 404:
        return NodeFailed(
            "github_not_found", "There is no such repository, or the token may not manage its webhooks"
        )  # fmt: skip
    if reply.status == 422:
        code = "github_hook_exists" if "already exists" in said else "github_refused"
        return NodeFailed(code, f"GitHub refuses the webhook: {said}")
    return NodeFailed("github_failed", f"GitHub answered {reply.status}: {said}", retryable=reply.status >= 500)


def _said(reply: HttpReply) -> str:
    """Return what a reply says is wrong."""
    try:
        body = loads(reply.body)
    except (NotStorable, ValueError):
        body = None
    if not is_object(body):
        return reply.reason or "nothing more"
    errors = body.get("errors")
    told = errors if is_list(errors) else []
    parts = [body.get("message"), *(one.get("message") for one in told if is_object(one))]
    return "; ".join(part for part in parts if isinstance(part, str) and part)[:300] or "nothing more"


def _is_limited(reply: HttpReply) -> bool:
    return "retry-after" in reply.headers or reply.headers.get("x-ratelimit-remaining") == "0"


def _pause_s(reply: HttpReply) -> float | None:
    given = reply.headers.get("retry-after", "")
    return min(float(given), MOST_PAUSE_S) if given.isascii() and given.isdigit() and len(given) < 9 else None
