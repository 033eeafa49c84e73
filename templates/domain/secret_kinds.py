"""What secrets look like in workflows: those that logs are masked for, and keys and addresses of single services.

A text is masked as it stands; nothing here needs to know where. Whoever adds a service adds a row and its example to
`tests/integration/templates/canaries.py`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

from core.text.sensitive import PATTERNS, Pattern

MASK = "[secret]"
PII = frozenset({"email", "phone", "ip", "card", "iban", "national_id"})
ALWAYS = frozenset({"card", "iban", "national_id"})  # told of as well, and masked whoever confirmed

_HOOKS = "|".join(  # what follows is the secret
    f"(?<={host}/)"
    for host in (
        r"hooks\.slack\.com", r"discord\.com/api/webhooks", r"discordapp\.com/api/webhooks", r"hooks\.zapier\.com",
        r"\.webhook\.office\.com", r"outlook\.office\.com/webhook", r"maker\.ifttt\.com", r"webhook\.site",
        r"hook\.make\.com", r"hook\.eu1\.make\.com", r"chat\.googleapis\.com", r"api\.telegram\.org",
    )
)  # fmt: skip
_SERVICES = (  # (kind, expression); each begins with what only its service writes
    ("aws_key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b"),
    ("anthropic", r"\bsk-ant-[\w-]{10,200}"),
    ("google_oauth", r"\bGOCSPX-[\w-]{10,100}|\b1//0[\w-]{20,200}"),
    ("google_client", r"\b\d{6,20}-[a-z0-9]{16,64}\.apps\.googleusercontent\.com"),
    ("slack_token", r"\bxapp-[\w-]{10,200}|\bxox[a-z]-[\w-]{8,200}|\bxoxe\.xox[bp]-[\w-]{10,300}"),
    ("telegram", r"(?<![\d:])(?:bot)?\d{6,12}:[A-Za-z0-9_-]{30,50}"),
    ("discord", r"\b[MNO][\w-]{22,27}\.[\w-]{6,7}\.[\w-]{25,110}"),
    ("sendgrid", r"\bSG\.[\w-]{10,64}\.[\w-]{10,80}"),
    ("mailgun", r"\bkey-[0-9a-f]{20,64}\b|\bpubkey-[0-9a-f]{20,64}\b"),
    ("mailchimp", r"\b[0-9a-f]{32}-us\d{1,2}\b"),
    ("twilio", r"\b(?:SK|AC)[0-9a-f]{32}\b"),
    ("npm", r"\bnpm_[A-Za-z0-9]{20,100}"),
    ("pypi", r"\bpypi-[\w-]{16,300}"),
    ("docker", r"\bdckr_(?:pat|oat)_[\w-]{16,100}"),
    ("digitalocean", r"\bdo[opr]_v1_[0-9a-f]{32,100}"),
    ("shopify", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{24,64}"),
    ("square", r"\bsq0[a-z]{3}-[\w-]{16,100}|\bEAAA[\w-]{40,100}"),
    ("braintree", r"\baccess_token\$(?:production|sandbox)\$\w{10,40}\$\w{20,80}"),
    ("notion", r"\b(?:ntn|secret)_[A-Za-z0-9]{30,80}"),
    ("airtable", r"\bpat[A-Za-z0-9]{14}\.[0-9a-f]{40,80}|\bkey[A-Za-z0-9]{14}\b"),
    ("linear", r"\blin_(?:api|oauth)_\w{20,100}"),
    ("hugging_face", r"\b(?:hf|api_org)_[A-Za-z]{20,60}"),
    ("databricks", r"\bdapi[0-9a-f]{32}(?:-\d)?\b"),
    ("new_relic", r"\bNR(?:AK|JS|II)-[A-Za-z0-9-]{16,60}"),
    ("vault", r"\bhv[sbr]\.[\w-]{20,200}"),
    ("age", r"\bAGE-SECRET-KEY-1[0-9A-Z]{40,80}"),
    ("postman", r"\bPMAK-[0-9a-f]{20,40}-[0-9a-f]{30,50}"),
    ("facebook", r"\bEAA[A-Za-z0-9]{24,300}"),
    ("atlassian", r"\bAT(?:ATT|CTT|BB)[A-Za-z0-9_=-]{20,300}"),
    ("planetscale", r"\bpscale_(?:tkn|pw|oauth)_[\w.=-]{20,80}"),
    ("supabase", r"\bsb[pes]?_(?:secret_|publishable_)?[A-Za-z0-9_]{20,80}"),
    ("figma", r"\bfig[dou]_[\w-]{20,80}"),
    ("grafana", r"\bgl(?:sa|c)_[\w+/=-]{20,300}"),
    ("asana", r"\b[12]/\d{10,20}:[0-9a-f]{32}\b"),
    ("doppler", r"\bdp\.[a-z]{2,5}\.[A-Za-z0-9]{30,60}"),
    ("typeform", r"\btfp_[\w-]{20,80}"),
    ("perplexity", r"\bpplx-[A-Za-z0-9]{20,80}"),
    ("groq", r"\bgsk_[A-Za-z0-9]{20,80}"),
    ("replicate", r"\br8_[A-Za-z0-9]{20,60}"),
    ("azure", r"(?i)\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=[^;\"'\s]{6,400}"),
    ("otp", r"\botpauth://[^\s\"']{4,2000}"),
    ("pgp", r"-----BEGIN PGP (?:PRIVATE KEY BLOCK|MESSAGE)-----[^-]{0,20000}(?:-----END PGP [A-Z ]{1,40}-----)?"),
    ("putty", r"PuTTY-User-Key-File-\d[^\x00]{0,4000}"),
    ("ssh_key", r"\bssh-(?:rsa|ed25519|dss)\s+[A-Za-z0-9+/=]{40,4000}(?:\s[^\s\"'<>]{1,200})?"),
    ("crypt", r"\$(?:2[aby]|5|6|y|argon2\w{1,2}|apr1|1)\$[^\s\"']{10,200}"),
    ("sentry", r"(?<=://)[0-9a-f]{32}(?=@)"),
    ("url_login", r"(?<=://)[^\s/@\"'{}]{0,200}:[^\s/@\"'{}]{1,200}(?=@)"),
    ("url_login", r"(?<=://)[^\s/@:\"'{}]{8,200}(?=@)"),
    ("hook_address", rf"(?i)(?:{_HOOKS})[^\s\"'<>]{{1,800}}"),
    ("calendar", r"(?<=/calendar/ical/)[^\s\"'<>]{1,500}"),
)  # fmt: skip
_LONGER = (  # (kind, expression, what stays)
    (
        "query",
        r"(?i)([?&;](?:[\w-]{0,40}(?:token|secret|key|sig|signature|auth|password|passwd|pwd|session|sid|credential"
        r"|code|ticket|hash|hmac|jwt)|x-amz-[\w-]{2,40}|client_id|user|login)=)(?!\{\{)[^&\s\"'#<>]{1,4000}",
        rf"\1{MASK}",
    ),
    (
        "header",
        r"(?i)\b((?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?)(?!\{\{)(?:(?:bearer|basic|token|digest|apikey)\s+)?"
        r"(?!\{\{)[^\s\"',;]{3,4000}",
        rf"\1{MASK}",
    ),
    (
        "scheme",
        r"(?i)\b((?:bearer|apikey|digest)\s+)(?![\s{\[])(?=[^\s\"']{0,400}[\d._-])[\w.~+/=-]{8,4000}",
        rf"\1{MASK}",
    ),
    ("basic", r"\b((?i:basic)\s+)(?=[A-Za-z0-9+/]{0,400}[A-Z0-9=])[A-Za-z0-9+/]{8,4000}={0,2}", rf"\1{MASK}"),
    ("cookie", r"(?i)\b((?:set-)?cookie[\"']?\s*[:=]\s*[\"']?)(?!\{\{)[^\"'\n\x1c{}]{3,4000}", rf"\1{MASK}"),
    (
        "assignment",
        r"(?i)((?:pass(?:word|wd|phrase|code)|secret|token|api[_ -]?key|access[_ -]?key|private[_ -]?key"
        r"|signing[_ -]?key|encryption[_ -]?key|auth[_ -]?key|credentials?|session[_ -]?id|connection[_ -]?string"
        r"|(?:\b|_)(?:pwd|pin|otp|cvv|passw?))(?:s|_?\d{1,3}|_(?:value|text|prod|live|test|dev))?"
        r"[\"'\]\\]{0,3}\s*(?::=|=>|=(?!=)|:(?!//))\s*)"
        r"(?:\\?\"(?!\{\{)[^\"\n]{1,2000}(?:\\?\"|$)|\\?'(?!\{\{)[^'\n]{1,2000}(?:\\?'|$)|`[^`]{1,2000}(?:`|$))",
        rf'\1"{MASK}"',
    ),
    (
        "environment",
        r"((?:\b|_)[A-Z0-9_]{0,60}(?:TOKEN|PASSWORD|PASSWD|PASS|SECRET|KEY|PWD|DSN)[A-Z0-9_]{0,20}=)(?![\s{\[(\"'$=])"
        r"[^\s,;\"'<>]{3,2000}",
        rf"\1{MASK}",
    ),
)  # fmt: skip

_SHARED = tuple(pattern for pattern in PATTERNS if pattern.kind not in PII | {"assignment", "query", "url_login"})
SECRETS = (
    *(Pattern(kind, re.compile(expression), MASK) for kind, expression in _SERVICES),
    *_SHARED,
    *(Pattern(kind, re.compile(expression), stays) for kind, expression, stays in _LONGER),
)

PROSE = Pattern(  # as people write of one; in code it would be a name that another one is given to
    "prose",
    re.compile(
        r"(?i)((?:\b|_)(?:pass(?:word|wd|phrase|code)|pwd|secret|token|api[_ -]?key|pin)(?:\s+(?:is|was|=|:)|[:=])\s*)"
        r"(?![\s{\[(\"'$])[^\s,;\"'<>{}()\[\]]{3,400}"
    ),
    rf"\1{MASK}",
)


def _is_iban(found: re.Match[str]) -> bool:
    """Source: ISO 13616-1, the check digits by ISO 7064 (mod 97)."""
    plain = found.group().replace(" ", "")
    turned = "".join(str(int(char, 36)) for char in plain[4:] + plain[:4])
    return 15 <= len(plain) <= 34 and int(turned) % 97 == 1


_HARMLESS = re.compile(
    r"(?i)@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|example|invalid|test)$|^(?:user|name|you|someone)@"
)
PERSONAL = (
    *(
        Pattern(one.kind, one.expression, f"[{one.kind}]", one.check)
        if one.kind != "email"
        else Pattern("email", one.expression, "[email]", lambda found: not _HARMLESS.search(found.group()))
        for one in PATTERNS
        if one.kind in PII
    ),
    Pattern("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), "[iban]", _is_iban),
    Pattern("national_id", re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"), "[id]"),
)  # fmt: skip

_RUN = re.compile(r"[A-Za-z0-9+/_=~.-]{16,8000}")
_SEGMENT = re.compile(r"[A-Za-z0-9]{16,}")
_HEX = re.compile(r"(?i)^(?=.*\d)(?=.*[a-f])[0-9a-f]{16,}$")
_UUID = re.compile(r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


def masked_ids(text: str) -> str:
    """Return a text without UUIDs: those of credentials, people, workflows, tables."""
    return _UUID.sub("[id]", text)


def masked_random(text: str) -> str:
    """Return a text without runs of characters that no word, name or path is made of."""
    return _RUN.sub(lambda found: _without_random(found.group()), text)


def _without_random(run: str) -> str:
    return MASK if any(is_random(segment) for segment in _SEGMENT.findall(run)) else run


def is_random(segment: str) -> bool:
    """Tell whether letters and digits are mixed as chance does, or are a long number in base 16."""
    if _HEX.match(segment):
        return len(segment) >= 24 or _changes(segment) >= 5
    return _entropy(segment) >= 3.2 and (_changes(segment) >= 3 or _turns(segment) >= 0.42 * len(segment))


def _changes(segment: str) -> int:
    """Return how often digits follow letters or letters digits."""
    return sum(one.isdigit() != other.isdigit() for one, other in pairwise(segment))


def _turns(segment: str) -> int:
    """Return how often the class of a character is not that of the one before: small, capital, digit."""
    classes = ["d" if char.isdigit() else "u" if char.isupper() else "l" for char in segment]
    return sum(one != other for one, other in pairwise(classes))


def _entropy(segment: str) -> float:
    """Return Shannon's entropy of the characters, in bits."""
    size = len(segment)
    return -sum(count / size * math.log2(count / size) for count in Counter(segment).values())
