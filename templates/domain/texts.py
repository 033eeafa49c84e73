"""Texts of a workflow without what is secret, and without the hosts of somebody's own network."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from core.text.scrubbing import Secrets
from core.text.sensitive import is_secret_key
from templates.domain.secret_kinds import ALWAYS, MASK, PERSONAL, PROSE, SECRETS, masked_ids, masked_random

PRIVATE_HOST = "private.invalid"
_EXPRESSION = re.compile(r"(\{\{.*?\}\})", re.DOTALL)
_LITERAL = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`", re.DOTALL)
_COMMENT = re.compile(r"(?:#|//)[^\n]*|/\*.{0,20000}?\*/", re.DOTALL)
_SCHEMES = re.compile(r"(?i)\b(?:bearer|basic|token|digest|apikey)\b|[\s:,;]")
_HOST_OF_URL = re.compile(
    r"(?<=://)((?:[^\s/@\"'{}]{0,300}@)?)(\[[0-9A-Fa-f:.]{2,45}\]|[^\s/:?#\"'{}()<>\[\]@,;]{1,253})(:\d{1,5})?"
)
_HOST_NAME = re.compile(
    r"(?i)(?<![\w.$\])-])(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.){1,6}"
    r"(?:internal|local|lan|corp|intranet|localdomain|private|home\.arpa|svc|cluster)(?![\w.-]*\()(?:\.[a-z]{2,12})?(?::\d{1,5})?\b"
)
_ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])(?::\d{1,5})?|(?<![\w.])localhost(?::\d{1,5})?\b")
_SUFFIXES = (
    ".internal",
    ".local",
    ".lan",
    ".corp",
    ".intranet",
    ".localdomain",
    ".private",
    ".home.arpa",
    ".svc",
    ".test.lan",
)
_PRIVATE_6 = re.compile(r"(?<![\w:])(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):[0-9A-Fa-f:]{2,36}(?![\w:])")


# Line breaks and tabs as code and JSON write them: their letter would be taken for the beginning of the next word.
# While patterns look, they are characters that count as blanks and stand in no text that people write.
_ESCAPES = {"\\n": "\x1c", "\\r": "\x1d", "\\t": "\x1e"}
_BLANKS = str.maketrans(dict.fromkeys(_ESCAPES.values(), " "))


@dataclass(frozen=True, slots=True)
class Known:
    """What an account is known by: `secrets` are the clear values it keeps, `names` what it calls them."""

    secrets: Secrets = field(default_factory=Secrets)
    names: Secrets = field(default_factory=Secrets)


@dataclass(slots=True)
class Place:
    """What is known of where a text stands."""

    is_secret: bool = False  # under a key that says so
    is_code: bool = False
    kinds: set[str] = field(default_factory=set[str])  # of what was masked


def scrubbed_text(text: str, known: Known, place: Place) -> str:
    """Return a text without secrets; `place.kinds` gets their kinds."""
    return _whole(_scrubbed(_parted(text), known, place))


def _parted(text: str) -> str:
    text = text.translate(_BLANKS)
    for written, blank in _ESCAPES.items():
        text = text.replace(written, blank)
    return text


def _whole(text: str) -> str:
    for written, blank in _ESCAPES.items():
        text = text.replace(blank, written)
    return text


def _scrubbed(text: str, known: Known, place: Place) -> str:
    for kind, change in (("known_secret", known.secrets.masked_text), ("credential_name", known.names.masked_text)):
        text = _noted(text, change(text), kind, place)
    if place.is_secret:
        text = _noted(text, _only_expressions(text), "secret_field", place)
    for pattern in SECRETS:
        text = _noted(text, pattern.masked(text), pattern.kind, place)
    text = _noted(text, _without_prose(text, is_code=place.is_code), PROSE.kind, place)
    text = _noted(text, masked_ids(text), "id", place)
    text = _noted(text, _without_hosts(text, is_code=place.is_code), "private_host", place)
    return _noted(text, masked_random(text), "random", place)


def _noted(before: str, after: str, kind: str, place: Place) -> str:
    if after != before:
        place.kinds.add(kind)
    return after


def _without_prose(text: str, *, is_code: bool) -> str:
    """Mask what is said of a secret in words; of code in its comments and its texts alone."""
    if not is_code:
        return PROSE.masked(text)
    for part in (_COMMENT, _LITERAL):
        text = part.sub(lambda found: PROSE.masked(found.group()), text)
    return text


def _only_expressions(text: str) -> str:
    """Return what a secret field says by expressions, and the scheme in front of them; what is written out goes."""
    if not text or text == MASK:
        return text
    parts = _EXPRESSION.split(text)
    if len(parts) == 1:
        return ""
    kept = [
        _LITERAL.sub(lambda found: _literal(found.group()), part) if number % 2 else "".join(_SCHEMES.findall(part))
        for number, part in enumerate(parts)
    ]
    return "".join(kept)


def _literal(quoted: str) -> str:
    """Return a text in an expression, masked where it may be a secret and is no name of a field or of a node."""
    inner = quoted[1:-1]
    is_plain = len(inner) < 24 and re.fullmatch(r"[A-Za-z_][A-Za-z_ -]*", inner) is not None
    scheme = _SCHEMES.sub("", inner) == ""
    return quoted if is_plain or scheme or not inner else f"{quoted[0]}{MASK}{quoted[-1]}"


# -- hosts -----------------------------------------------------------------------------------------------------------
def is_private(host: str) -> bool:
    """Tell whether a host means something in somebody's own network alone."""
    bare = host.strip("[]").rstrip(".").lower()
    try:
        return not ipaddress.ip_address(bare).is_global
    except ValueError:
        pass
    if bare in ("example", "invalid", PRIVATE_HOST):
        return False
    return "." not in bare or bare.endswith(_SUFFIXES) or ".svc." in bare or ".internal." in bare


def _without_hosts(text: str, *, is_code: bool) -> str:
    text = _HOST_OF_URL.sub(_public, text)
    text = _ADDRESS.sub(lambda found: PRIVATE_HOST if _is_private_address(found.group()) else found.group(), text)
    text = _PRIVATE_6.sub(PRIVATE_HOST, text)
    return _HOST_NAME.sub(lambda found: _named(found, text, is_code), text)


def _public(found: re.Match[str]) -> str:
    return f"{found[1]}{PRIVATE_HOST}" if is_private(found[2]) else found.group()


def _is_private_address(text: str) -> bool:
    host = text.partition(":")[0]
    return host == "localhost" or (all(int(part) < 256 for part in host.split(".")) and is_private(host))


def _named(found: re.Match[str], text: str, is_code: bool) -> str:
    """Return a host's stand-in; in code and expressions, `a.local` is a property unless it stands in quotes."""
    before = text[: found.start()]
    in_expression = before.rfind("{{") > before.rfind("}}")
    quoted = before[-1:] in ("'", '"', "`", "/", "@")
    return found.group() if (is_code or in_expression) and not quoted else PRIVATE_HOST


# -- people ----------------------------------------------------------------------------------------------------------
def personal_in(text: str) -> list[tuple[str, str]]:
    """Return what of a text tells who somebody is: (kind, the text with all of that masked), one of each kind."""
    text = _parted(text)
    found = [pattern for pattern in PERSONAL if _is_in(pattern.masked, text)]
    if not found:
        return []
    for pattern in found:
        text = pattern.masked(text)
    text = text.translate(_BLANKS)
    return [(kind, _around(text, f"[{kind}]")) for kind in dict.fromkeys(pattern.kind for pattern in found)]


def _is_in(masked: Callable[[str], str], text: str) -> bool:
    return masked(text) != text


def _around(text: str, mask: str, width: int = 40) -> str:
    """Return what stands around a mask."""
    at = max(text.find(mask), 0)
    begin, end = max(at - width, 0), at + len(mask) + width
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"


def without_numbers_of_people(text: str, kinds: Iterable[str] = ALWAYS) -> str:
    """Return a text without card, account and identity numbers, which nobody may confirm."""
    wanted, text = set(kinds), _parted(text)
    for pattern in PERSONAL:
        if pattern.kind in wanted:
            text = pattern.masked(text)
    return _whole(text)


def names_a_secret(key: str) -> bool:
    """Tell whether what stands under a key, or beside a name like this, is to be hidden."""
    return is_secret_key(key) or _MORE_KEYS.search(key.strip()) is not None


_MORE_KEYS = re.compile(
    r"(?i)(?:^x-[\w-]*(?:key|auth|secret|token|signature)|(?:^|[_. -])(?:auth|passphrase|apikey|api key|dsn|webhook_url"
    r"|connection_?string|client_?secret|account_?key|sas|salt|nonce|hmac))$|(?i:password|passwd|secret|api_?key|token)\d*$"
)
