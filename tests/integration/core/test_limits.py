"""Limits by tier, counted over all processes; addresses that try too much; what happens without Redis."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts import people
from core.asgi.callers import network_of
from core.models import BlockedIp, User
from core.redis.counters import Counters
from core.web import abuse, rate_limits
from core.web.tiers import LIMITS
from tests.builders import chain, node
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"
LOGIN = "/api/auth/login/"


@pytest.fixture(autouse=True)
def limits_on(settings: Any) -> None:
    settings.RATE_LIMITS = settings.PLANS = True


@pytest.fixture
def address() -> str:
    """An address of a network nobody had before."""
    return f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"


def test_each_answer_says_where_one_stands_and_the_sixth_run_is_refused(api: APIClient) -> None:
    workflow = api.post(BASE, {"name": "w", **chain(node("z"))}, format="json")
    assert workflow["X-RateLimit-Limit"] == "20"
    url = f"{BASE}{workflow.json()['id']}/execute/"
    for left in (4, 3, 2, 1, 0):
        reply = api.post(url, {}, format="json")
        assert (reply.status_code, reply["X-RateLimit-Limit"], reply["X-RateLimit-Remaining"]) == (202, "5", str(left))
        assert 0 < int(reply["X-RateLimit-Reset"]) - time.time() <= 61
    refused = api.post(url, {}, format="json")
    assert (refused.status_code, refused.json()["code"], refused.json()["scope"]) == (429, "rate_limited", "execute")
    assert 0 < int(refused["Retry-After"]) <= 61
    assert refused["X-RateLimit-Remaining"] == "0"

    read = api.get(f"{BASE}{workflow.json()['id']}/")
    assert (read.status_code, "X-RateLimit-Limit" in read) == (200, False), "reads are free"
    assert api.get(BASE).status_code == 200


def test_a_higher_tier_may_more_and_some_things_without_end(
    make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    client = as_user(make_user(tier="enterprise"))
    reply = client.post("/api/compile/validate/", chain(node("z")), format="json")
    assert (reply.status_code, "X-RateLimit-Limit" in reply) == (200, False)
    assert client.post(BASE, {"name": "w", **chain(node("z"))}, format="json")["X-RateLimit-Limit"] == "500"
    assert (LIMITS["execute"].of("pro"), LIMITS["compile"].of("enterprise")) == (50, None)


def test_callers_at_once_are_counted_right() -> None:
    who = uuid4().hex

    def call(_number: int) -> bool:
        standing = rate_limits.count("execute", who, "pro")
        assert standing is not None
        return standing.is_over

    with ThreadPoolExecutor(8) as pool:
        over = list(pool.map(call, range(120)))
    assert over.count(False) == 50
    shown = rate_limits.standing("execute", who, "pro")
    assert shown is not None
    assert (shown.remaining, rate_limits.standing("execute", uuid4().hex, "pro").remaining) == (0, 50)  # type: ignore[union-attr]


def test_without_redis_nobody_is_refused(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    away = Counters("redis://127.0.0.1:1/0")
    monkeypatch.setattr(rate_limits, "COUNTERS", away)
    monkeypatch.setattr(abuse, "COUNTERS", away)
    for number in range(25):
        assert api.post(BASE, {"name": f"w{number}", **chain(node("z"))}, format="json").status_code == 201


def test_log_ins_that_fail_block_an_address_and_nobody_else(
    user: User, api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient], address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(rate_limits, "count_open", lambda *_arguments: None)  # the limit of `auth` would come first
    wrong = {"email": user.email, "password": "not it at all"}
    right = {"email": user.email, "password": PASSWORD}
    for _ in range(10):
        assert APIClient(REMOTE_ADDR=address).post(LOGIN, wrong, format="json").status_code == 401
    refused = APIClient(REMOTE_ADDR=address).post(LOGIN, right, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "ip_blocked")
    assert 0 < int(refused["Retry-After"]) <= 901
    nobody = APIClient(REMOTE_ADDR=address).get("/api/users/me")
    assert (nobody.status_code, nobody.json()["code"]) == (403, "ip_blocked")
    api.defaults["REMOTE_ADDR"] = address
    assert api.get("/api/users/me").status_code == 200, "a valid login is never refused"
    assert APIClient().post(LOGIN, right, format="json").status_code == 200, "the name is not blocked"

    staff = as_user(make_user(is_staff=True))
    listed = staff.get("/api/admin/blocked-ips/").json()["results"]
    assert [(row["ip"], row["reason"]) for row in listed] == [(network_of(address), "login_failed")]
    assert api.get("/api/admin/blocked-ips/").status_code == 403
    assert staff.delete(f"/api/admin/blocked-ips/{network_of(address)}/").status_code == 204
    assert staff.delete(f"/api/admin/blocked-ips/{address}/").status_code == 404
    assert APIClient(REMOTE_ADDR=address).post(LOGIN, right, format="json").status_code == 200


def test_page_loads_behind_one_address_count_for_their_users(user: User, address: str) -> None:
    client = APIClient(REMOTE_ADDR=address)
    refresh = people.tokens_for(user)[1]
    for left in range(11):
        reply = client.post("/api/auth/refresh/", {"refresh": refresh}, format="json")
        assert (reply.status_code, reply["X-RateLimit-Remaining"]) == (200, str(59 - left))
        refresh = reply.json()["refresh"]
    codes = [client.post("/api/auth/refresh/", {"refresh": "x"}, format="json").status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]


def test_each_block_is_longer_and_running_into_limits_counts_too(address: str) -> None:
    now = timezone.now()
    lengths = []
    for _ in range(3):
        for _ in range(50):
            abuse.note(address, "rate_limited", now)
        until = BlockedIp.objects.get(ip=network_of(address)).until
        lengths.append(until - now)
        with pytest.raises(abuse.IpBlocked):
            abuse.check(address, until - timedelta(seconds=1))
        abuse.check(address, until)
        now = until
    assert lengths == [timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60)]


def test_a_network_is_blocked_whichever_of_its_addresses_it_uses(address: str) -> None:
    now = timezone.now()
    network = address.removesuffix("1")
    for number in range(10):
        abuse.note(f"{network}{number + 1:x}", "login_failed", now)
    with pytest.raises(abuse.IpBlocked):
        abuse.check(f"{network}ffff:ffff:ffff:ffff".replace("::", ":"), now)
    abuse.check("2001:db8::1", now)
    abuse.unblock(f"{network}77")
    abuse.check(address, now)


def test_an_address_is_taken_from_our_own_proxies_only(settings: Any, rf: Any) -> None:
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4, 5.6.7.8")
    assert abuse.client_ip(request) == "10.0.0.1", "anybody can send this header"
    settings.TRUSTED_PROXIES = 1
    assert abuse.client_ip(request) == "5.6.7.8"
    settings.TRUSTED_PROXIES = 3
    assert abuse.client_ip(request) == "10.0.0.1"


def test_switched_off_nothing_is_counted(api: APIClient, settings: Any) -> None:
    settings.RATE_LIMITS = False
    reply = api.post(BASE, {"name": "w", **chain(node("z"))}, format="json")
    assert "X-RateLimit-Limit" not in reply
