"""Headers that every answer has, whoever gives it."""

from __future__ import annotations

import re

SAFE_ID = re.compile(r"[\w.:\-]{1,64}")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
CSP = "default-src 'none'; frame-ancestors 'none'"
