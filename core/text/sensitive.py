"""What texts look like that nobody should read: keys, tokens, cards, and what tells who somebody is.

Every pattern takes time linear in the text, or looks at a bounded piece from each place.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[re.Match[str]], bool]
MASK = "[secret]"
MOST_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class Pattern:
    """A kind of text, and what stands in its place; `check` looks at what the expression alone cannot tell."""

    kind: str
    expression: re.Pattern[str]
    mask: str
    check: Check | None = None

    def masked(self, text: str) -> str:
        check = self.check
        if check is None:
            return self.expression.sub(self.mask, text)
        return self.expression.sub(lambda found: self.mask if check(found) else found.group(), text)


def _is_card(found: re.Match[str]) -> bool:
    """Source: ISO/IEC 7812-1, the Luhn formula."""
    digits = [int(char) for char in found.group() if char.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(found: re.Match[str]) -> bool:
    """Source: ISO 13616-1, the remainder by 97."""
    code = found.group().replace(" ", "")
    return 15 <= len(code) <= 34 and int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1


def _is_phone(found: re.Match[str]) -> bool:
    return 8 <= sum(char.isdigit() for char in found.group()) <= 15


def _is_address(found: re.Match[str]) -> bool:
    parts = [int(part) for part in found.group().split(".")]
    return all(part < 256 for part in parts) and parts[0] not in (0, 127)


def _is_address_6(found: re.Match[str]) -> bool:
    try:
        return found.group().count(":") > 1 and not ipaddress.IPv6Address(found.group()).is_loopback
    except ValueError:
        return False


_NAMES = "password|passwd|pwd|secret|token|api[_-]?key|client[_-]?secret|access[_-]?key"
PATTERNS = (
    Pattern(
        "private_key",
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:[^-]|-(?!----)){0,20000}"
            r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----)?"
        ),
        "[private key]",
    ),
    Pattern("jwt", re.compile(r"\beyJ[\w-]{5,4000}\.[\w-]{5,8000}\.[\w-]{0,2000}"), "[token]"),
    Pattern(
        "bearer",
        re.compile(r"\b(?:[Bb]earer|BEARER|[Bb]asic|BASIC)\s+(?=[^\s\d=]{0,4000}[\d=])[\w.~+/=-]{12,4000}"),
        "[authorization]",
    ),
    Pattern(
        "api_key",
        re.compile(
            r"\b(?:hdl_[0-9a-f]{12}_[\w-]{20,}|sk-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|gh[pousr]_\w{20,}"
            r"|github_pat_\w{20,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|glpat-[\w-]{16,}|whsec_\w{16,}"
            r"|[rs]k_(?:live|test)_\w{16,})"
        ),
        "[key]",
    ),
    Pattern(
        "assignment",
        re.compile(
            rf"((?:{_NAMES})[\"']?\s*[=:]\s*)"
            r"(?:\"[^\"\n]{1,2000}\"|'[^'\n]{1,2000}'|[^\s,;&\"'}\])\[{(]{3,2000})", re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    Pattern("query", re.compile(r"([?&](?:code|state|ticket|key|sig|auth)=)[^&\s\"']{1,4000}"), rf"\1{MASK}"),
    Pattern("url_login", re.compile(r"(?<=://)[^\s/:@]{1,200}:[^\s/@]{1,200}(?=@)"), "[login]"),
    Pattern("email", re.compile(r"\b[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b"), "[e-mail]"),
    Pattern("card", re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])"), "[card]", _is_card),
    Pattern("iban", re.compile(r"(?<![\w-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![\w-])"), "[iban]", _is_iban),
    Pattern(
        "social_security_number",
        re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),
        "[social security number]",
    ),
    Pattern(
        "phone",
        re.compile(
            r"(?<![\w.:-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,5}"
            r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}-\d{3}-\d{4})(?![\w:-])"
        ),
        "[phone]", _is_phone,
    ),
    Pattern("ip", re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"), "[ip]", _is_address),
    Pattern("ip", re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{6,39}(?![\w:.])"), "[ip]", _is_address_6),
)  # fmt: skip


# Who somebody is; what the other kinds are gives access to something.
PERSONAL = frozenset({"email", "card", "iban", "phone", "social_security_number", "ip"})


@dataclass(frozen=True, slots=True)
class Spot:
    """A piece of a text that nobody should read: where it stands, and what it may be replaced by."""

    kind: str
    at: int
    length: int
    mask: str


def spots(text: str) -> list[Spot]:
    """Return what stands in a text, in its order; no two of them overlap: what begins first counts."""
    found = [
        Spot(pattern.kind, one.start(), one.end() - one.start(), one.expand(pattern.mask))
        for pattern in PATTERNS
        for one in pattern.expression.finditer(text)
        if pattern.check is None or pattern.check(one)
    ]
    kept: list[Spot] = []
    for spot in sorted(found, key=lambda one: (one.at, -one.length)):
        if not kept or spot.at >= kept[-1].at + kept[-1].length:
            kept.append(spot)
    return kept


def masked_text(text: str) -> str:
    """Return a text with all of it masked; one that is too long is cut."""
    text = text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} …"
    for pattern in PATTERNS:
        text = pattern.masked(text)
    return text


_KEY = re.compile(
    r"(?:^|[_\-. ])(?:passwords?|passwd|passphrase|pwd|secrets?|tokens?|api[_-]?keys?|apikeys?|authorization|cookies?|"
    r"credentials?|private[_-]?keys?|access[_-]?keys?|signatures?|jwt|bearer|session[_-]?ids?|otp|cvv|cvc|pin)$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_COUNTS = frozenset({"max_tokens", "input_tokens", "output_tokens", "total_tokens", "tokens"})


def is_secret_key(name: str) -> bool:
    """Tell whether what stands under a key of this name is to be hidden."""
    plain = _CAMEL.sub("_", name[-200:]).lower()
    return plain not in _COUNTS and _KEY.search(plain) is not None
