"""n8n's nodes that have one of ours for them: its kind, its params, the slot of its credential."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from nodes.handlers.trigger.github_hooks import SLOT as GITHUB_SLOT
from nodes.handlers.trigger.github_trigger import Event

_EVENTS = frozenset(get_args(Event))
_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)
_PAGE = re.compile(r"https://[^/]+/([\w.-]+)(?:/([\w.-]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Translated:
    """One of our nodes in the place of one of n8n's; `slots` name ours by n8n's: (slot, credential type)."""

    kind: str
    params: Mapping[str, Any]
    slots: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    warnings: tuple[str, ...] = ()


def translated(kind: str, name: str, parameters: Mapping[str, Any]) -> Translated | None:
    """Return our node for one of n8n's; None where there is none, or its parameters cannot be told."""
    if kind == "n8n-nodes-base.githubTrigger":
        return _github_trigger(name, parameters)
    return None


def _github_trigger(name: str, parameters: Mapping[str, Any]) -> Translated | None:
    owner, repository = _located(parameters.get("owner"), 1), _located(parameters.get("repository"), 2)
    events = parameters.get("events")
    if owner is None or repository is None or not isinstance(events, list):
        return None
    named = ["all" if one == "*" else str(one) for one in events]
    known = list(dict.fromkeys(one for one in named if one in _EVENTS))
    unknown = sorted({one[:60] for one in named if one not in _EVENTS})
    if not known:
        return None
    warnings = (f"{name}: events that are not taken over: {', '.join(unknown)}",) if unknown else ()
    slots = {"githubApi": (GITHUB_SLOT, "github"), "githubOAuth2Api": (GITHUB_SLOT, "github_oauth2")}
    params = {"owner": owner, "repository": repository, "events": known}
    return Translated("github_trigger", params, slots, warnings)


def _located(given: Any, part: int) -> str | None:
    """Return a name that is written as such, or as n8n's locator `{mode, value}`; of a page's address its part."""
    value = given.get("value") if isinstance(given, dict) else given
    if not isinstance(value, str):
        return None
    page = _PAGE.match(value)
    found = page.group(part) if page else value
    return found if found and _NAME.fullmatch(found) and found.strip(".") else None
