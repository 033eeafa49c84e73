"""Production mode: Django's own check finds nothing, HTTP leads to HTTPS, probes from inside do not."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys

from django.conf import settings

ASK = """
import django
django.setup()
from django.test import Client
client = Client()
for path, scheme, host in (
    ("/api/health/live/", "http", "10.0.0.7:8000"), ("/api/openapi", "http", "example.org"),
    ("/api/openapi", "https", "example.org"),
):
    reply = client.get(path, HTTP_HOST=host, HTTP_X_FORWARDED_PROTO=scheme)
    print(reply.status_code, reply.get("Location", "-"), "hsts" if reply.get("Strict-Transport-Security") else "-")
"""


def in_production(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ, "HEDDLE_PRODUCTION": "1", "SECRET_KEY": secrets.token_urlsafe(60), "ALLOWED_HOSTS": "example.org",
        "HEDDLE_CREDENTIAL_KEYS": f"k1:{base64.b64encode(os.urandom(32)).decode()}", "HEDDLE_TRUSTED_PROXIES": "1",
        "DATABASE_URL": settings.DATABASE_URL, "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "workflow_backend.settings", **more,
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *command], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip


def test_the_deployment_check_finds_nothing() -> None:
    done = in_production("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_http_leads_to_https_but_for_probes_which_ask_by_an_address() -> None:
    done = in_production("-c", ASK)
    assert done.stdout.splitlines() == [
        "200 - -", "301 https://example.org/api/openapi -", "404 - hsts",
    ], done.stderr  # fmt: skip


def test_a_start_that_would_redirect_for_ever_is_refused_with_one_sentence() -> None:
    done = in_production("-c", ASK, HEDDLE_TRUSTED_PROXIES="0")
    assert done.returncode == 1
    assert done.stderr.startswith("heddle: with HEDDLE_PRODUCTION set, HEDDLE_TRUSTED_PROXIES must be set too"), (
        done.stderr
    )
    assert "Traceback" not in done.stderr


def test_without_a_redirect_of_ours_no_proxy_need_be_trusted_and_none_is_believed() -> None:
    done = in_production("-c", ASK, HEDDLE_TRUSTED_PROXIES="0", HEDDLE_SSL_REDIRECT="off")
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["-"] * 3, done.stderr


ASK_THE_SITE = """
import django
django.setup()
from django.test import Client
for path in ("/staff/login/", "/staff", "/admin/login/"):
    reply = Client().get(path, HTTP_HOST="example.org", HTTP_X_FORWARDED_PROTO="https")
    print(reply.status_code, reply.get("Location", "-"), *sorted(
        (cookie.key, cookie["path"], cookie["secure"]) for cookie in reply.cookies.values()
    ))
"""


def test_the_administration_site_is_where_the_environment_says_with_cookies_for_https_alone() -> None:
    asked = in_production("-c", ASK_THE_SITE, HEDDLE_ADMIN_PATH="/staff/")
    assert asked.stdout.splitlines() == [
        "200 - ('heddle_admin_csrf', '/staff/', True)", "302 /staff/", "404 -",
    ], asked.stderr  # fmt: skip
    asked = in_production("-c", ASK_THE_SITE, HEDDLE_ADMIN_PATH="off")
    assert asked.stdout.splitlines() == ["404 -", "404 -", "404 -"], asked.stderr
