"""Pages of ours for people without a login: no script or style but ours, forms that go nowhere else, kept nowhere."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

POLICY = (
    "default-src 'none'; script-src {scripts}; {connects}style-src 'nonce-{nonce}'; form-action 'self'{forms_to}; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def public_page(
    request: HttpRequest, template: str, shown: Mapping[str, Any], *, status: int = 200, forms_to: str = "",
    runs_script: bool = False, connects: bool = False,
) -> HttpResponse:  # fmt: skip
    """Return a page. `forms_to`: where its form may be redirected to; `runs_script`: its script has the nonce;
    `connects`: and it may call the origin that it is from.
    """
    nonce = secrets.token_urlsafe(16)
    page = render(request, template, {**shown, "nonce": nonce}, status=status)
    page["Content-Security-Policy"] = POLICY.format(
        scripts=f"'nonce-{nonce}'" if runs_script else "'none'",
        connects="connect-src 'self'; " if connects else "",
        nonce=nonce,
        forms_to=f" {forms_to}" if forms_to else "",
    )
    page["Cache-Control"] = "no-store"
    page["Referrer-Policy"] = "no-referrer"
    page["X-Robots-Tag"] = "noindex"
    return page
