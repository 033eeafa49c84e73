"""The page of the editor, and the one-time link that signs in from the server's own terminal."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from core.accounts import people, sign_in_links

NOW = timezone.now


@pytest.fixture
def dist(tmp_path, settings):
    chunks = {
        "src/main.tsx": {"file": "assets/main-1.js", "css": ["assets/main-1.css"], "imports": ["_shared.js"]},
        "_shared.js": {"file": "assets/shared-1.js"},
        "src/other.tsx": {"file": "assets/other-1.js"},
    }
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text(json.dumps(chunks))
    settings.FRONTEND_DIST = tmp_path
    return tmp_path


def test_every_address_of_the_editor_is_one_page_with_a_nonce_of_its_own(client, dist):
    first, second = client.get("/app/workflows/1?node=n2"), client.get("/app/")
    assert first.status_code == second.status_code == 200
    assert first["Cache-Control"] == "no-store"
    policy = first["Content-Security-Policy"]
    (nonce,) = re.findall(r"'nonce-([\w-]{22})'", policy)
    assert f'nonce="{nonce}"' in first.content.decode()
    assert nonce not in second["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    page = first.content.decode()
    assert "/static/app/assets/main-1.js" in page
    assert "/static/app/assets/main-1.css" in page
    assert "/static/app/assets/shared-1.js" in page
    assert "other-1" not in page
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style", page) == []


def test_the_first_paint_has_the_chosen_theme_and_nothing_else_from_the_cookie(client, dist):
    client.cookies["heddle_theme"] = "dark"
    assert 'data-theme="dark"' in client.get("/app/").content.decode()
    client.cookies["heddle_theme"] = "x onload=alert(1)"
    assert 'data-theme="system"' in client.get("/app/").content.decode()


def test_the_root_leads_to_the_editor_and_without_a_build_it_says_what_is_missing(client, tmp_path, settings):
    assert client.get("/")["Location"] == "/app/"
    settings.FRONTEND_DIST = tmp_path
    answer = client.get("/app/")
    assert answer.status_code == 503
    assert "make frontend" in answer.content.decode()


@pytest.fixture
def user(db):
    return people.register(email="ana@example.org", password="a long password", name="Ana")


def follow(client, link, address="127.0.0.1"):
    token = link.partition("#token=")[2]
    return client.post(
        "/api/auth/link/", {"token": token}, content_type="application/json", REMOTE_ADDR=address
    )  # fmt: skip


def test_a_link_signs_in_once(client, user):
    link = sign_in_links.make(user=user, base_url="http://127.0.0.1:8000", now=NOW())
    assert link.startswith("http://127.0.0.1:8000/app/link#token=")
    answer = follow(client, link)
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "ana@example.org"
    assert answer.json()["refresh"] is None
    assert answer.cookies["heddle_refresh"]["httponly"]

    assert follow(client, link).json()["code"] == "token_invalid"


@pytest.mark.parametrize("address", ["203.0.113.9", "10.0.0.4"])
def test_a_link_works_on_the_servers_machine_alone(client, user, address):
    link = sign_in_links.make(user=user, base_url="http://x", now=NOW())
    assert follow(client, link, address).status_code == 401
    assert follow(client, link).status_code == 200


def test_a_link_of_yesterday_one_behind_a_proxy_and_a_made_up_one_are_refused(client, user, settings):
    old = sign_in_links.make(user=user, base_url="http://x", now=NOW() - timedelta(minutes=11))
    assert follow(client, old).status_code == 401
    assert follow(client, "#token=made:up").status_code == 401
    settings.TRUSTED_PROXIES = 1
    fresh = sign_in_links.make(user=user, base_url="http://x", now=NOW())
    assert follow(client, fresh).status_code == 401
