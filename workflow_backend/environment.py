"""Reading settings from the environment: what cannot be read ends the program with one sentence."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import environ  # type: ignore[import-untyped]  # the package has no types
from django.core.exceptions import ImproperlyConfigured

YES, NO = frozenset({"true", "on", "ok", "y", "yes", "1"}), frozenset({"false", "off", "n", "no", "0", ""})
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
MOST_PORTS = 65_535


def refuse(sentence: str) -> NoReturn:
    """End the program, which has not begun."""
    sys.exit(f"heddle: {sentence}")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def names(name: str, default: Sequence[str] = ()) -> list[str]:
    """Return what stands between commas."""
    given = os.environ.get(name)
    return list(default) if given is None else [part.strip() for part in given.split(",") if part.strip()]


def flag(name: str, *, default: bool) -> bool:
    given = os.environ.get(name)
    if given is None:
        return default
    word = given.strip().lower()
    if word not in YES | NO:
        refuse(f"{name}={given!r} is neither on nor off")
    return word in YES


def table(name: str) -> dict[str, Any]:
    """Return a JSON object; an empty one where none is given."""
    given = os.environ.get(name) or "{}"
    try:
        found = json.loads(given)
    except ValueError as exc:
        refuse(f"{name} is no JSON: {exc}")
    if not isinstance(found, dict):
        refuse(f"{name} is no JSON object")
    return found


def whole(name: str, default: int) -> int:
    """Return a number of things: none of ours is below zero."""
    given = os.environ.get(name, "").strip()
    if given and not (given.isascii() and given.isdigit() and len(given) < 16):
        refuse(f"{name}={given!r} is not a whole number from 0 on")
    return int(given) if given else default


def seconds(name: str, default: float) -> float:
    """Return a span of time, in whatever unit the name says."""
    given = os.environ.get(name, "").strip()
    try:
        span = float(given) if given else default
    except ValueError:
        span = -1.0
    if not 0 <= span < float("inf"):
        refuse(f"{name}={given!r} is not a number from 0 on")
    return span


def choice(name: str, default: str, words: Sequence[str]) -> str:
    given = os.environ.get(name) or default
    if given.upper() not in words:
        refuse(f"{name}={given!r} is none of {', '.join(words)}")
    return given.upper()


def folder(name: str, default: str, taken: Sequence[str]) -> str:
    """Return a path below which something is served, as `/admin/`; "" where it is off."""
    given = (os.environ.get(name) or default).strip()
    if given.lower() == "off":
        return ""
    path = given.strip("/")
    if not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*", path, re.ASCII) or {".", ".."} & set(path.split("/")):
        refuse(f"{name}={given!r} is not a path like {default}, or off")
    if path.split("/")[0] in taken:
        refuse(f"{name}={given!r} is taken")
    return f"/{path}/"


def port(name: str) -> int | None:
    """Return a port; None where none is asked for."""
    given = os.environ.get(name, "")
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= MOST_PORTS:
        refuse(f"{name}={given!r} is not a port")
    return int(given)


def database(url: str) -> dict[str, Any]:
    """Return Django's settings of the database at a URL."""
    try:
        found: dict[str, Any] = environ.Env.db_url_config(url)
    except (ValueError, ImproperlyConfigured) as exc:
        refuse(f"DATABASE_URL cannot be read: {exc}")
    if found.get("ENGINE") != "django.db.backends.postgresql":
        refuse("DATABASE_URL must begin with postgres://")
    return found


def check_urls(database_url: str, redis_url: str) -> None:
    """Look at those that are given, before servers are started for those that are not."""
    if database_url:
        database(database_url)
    if redis_url and not redis_url.startswith(REDIS_SCHEMES):
        refuse("REDIS_URL must begin with redis://, rediss:// or unix://")


def check_production(*, embedded: bool, redirects: bool) -> None:
    """Name all that production asks for and that is missing."""
    wanted = {
        "SECRET_KEY": "",
        "HEDDLE_CREDENTIAL_KEYS": "",
        **(
            {} if embedded else dict.fromkeys(("DATABASE_URL", "REDIS_URL"), "or HEDDLE_EMBEDDED=1: servers of its own")
        ),
        **({"HEDDLE_TRUSTED_PROXIES": PROXIES} if redirects else {}),
    }
    missing = [name for name in wanted if os.environ.get(name, "").strip() in ("", "0")]
    if not missing:
        return
    hints = dict.fromkeys(wanted[name] for name in missing if wanted[name])
    why = f" ({'; '.join(hints)})" if hints else ""
    refuse(f"with HEDDLE_PRODUCTION set, {_listed(missing)} must be set too{why}")


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


PROXIES = (
    "HEDDLE_TRUSTED_PROXIES says how many of your proxies stand in front, as with 0 every call would be sent on to "
    "HTTPS for ever; or HEDDLE_SSL_REDIRECT=off"
)
