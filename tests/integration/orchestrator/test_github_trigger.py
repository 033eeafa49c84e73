"""GitHub triggers: the webhook in the repository follows what is deployed; its calls are verified and start runs once."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import F
from django.test import AsyncClient
from django.utils import timezone
from rest_framework.test import APIClient

from core.clock import database_now
from core.models import Collaborator, OutboxRow, User
from core.outbox.kinds import Row
from core.secrets.sealing import key_ring
from credentials.key_check import check_keys
from credentials.models import KeptSecret
from credentials.rotation import rotate
from executor.models import Execution
from nodes.handlers.trigger import github_hooks
from orchestrator.models import Registration, Webhook
from orchestrator.triggers import pushes, registrations
from tests.builders import edge, node
from tests.github import TOKEN, GitHub, delivery, github_serving
from tests.integration.outbox.working import hurry, work_off

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"


@pytest.fixture
def github(settings: Any) -> Iterator[GitHub]:
    with github_serving() as serving:
        settings.HTTP_ALLOWED_PRIVATE_HOSTS = [serving.host]
        settings.PUBLIC_URL = "https://flows.example.org"
        yield serving


def credential(api: APIClient, github: GitHub, token: str = TOKEN) -> str:
    body = {"name": f"c {uuid4()}", "type": "github", "data": {"token": token, "base_url": github.url}}
    reply = api.post("/api/credentials/", body, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def document(credential_id: str, **params: Any) -> dict[str, Any]:
    given = {"owner": "octo", "repository": "spoon", "events": ["push", "issues"], **params}
    trigger = node("t", "github_trigger", given, credentials={"github": credential_id})
    return {"name": f"w {uuid4()}", "nodes": [trigger, node("z")], "edges": [edge("t", "z")]}


def saved(api: APIClient, github: GitHub, **params: Any) -> str:
    reply = api.post(BASE, document(credential(api, github), **params), format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def change(api: APIClient, workflow_id: str, **params: Any) -> None:
    """Change the trigger of the working copy."""
    nodes = api.get(f"{BASE}{workflow_id}/").json()["nodes"]
    slots = params.pop("credentials", None)
    nodes[0]["data"]["params"] |= params
    if slots:
        nodes[0]["data"]["credentials"] = slots
    assert api.patch(f"{BASE}{workflow_id}/", {"nodes": nodes}, format="json").status_code == 200


def deploy(api: APIClient, workflow_id: str, version: int | None = None) -> dict[str, Any]:
    body = {} if version is None else {"version": version}
    reply = api.post(f"{BASE}{workflow_id}/deploy/", body, format="json")
    assert reply.status_code == 200, reply.json()
    return dict(reply.json())


def deployed(api: APIClient, github: GitHub, **params: Any) -> str:
    """Return a workflow whose webhook is there."""
    workflow_id = saved(api, github, **params)
    deploy(api, workflow_id)
    work_off()
    return workflow_id


def shown(api: APIClient, workflow_id: str) -> dict[str, Any]:
    (trigger,) = api.get(f"{BASE}{workflow_id}/triggers/").json()["results"]
    return dict(trigger)


def state(api: APIClient, workflow_id: str) -> tuple[str | None, str | None]:
    """Return the state of the trigger's registration, and why it failed."""
    found = shown(api, workflow_id)["registration"]
    return (None, None) if found is None else (found["state"], (found["error"] or {}).get("code"))


def later(**passed: float) -> None:
    """Let time go by for what waits for its next try."""
    moved = timedelta(**passed)
    Registration.objects.update(
        next_try_at=F("next_try_at") - moved, locked_until=F("locked_until") - moved, expires_at=F("expires_at") - moved
    )
    hurry(kind="registration")
    work_off()


def call(url: str, body: bytes, kind: str, headers: dict[str, str]) -> Any:
    async def ask() -> Any:
        try:
            return await AsyncClient().post(url, body, content_type=kind, headers=headers)
        finally:
            await sync_to_async(connections.close_all)()  # of the thread that answered

    return asyncio.run(ask())


# -- registering -------------------------------------------------------------------------------------------------------
def test_a_deploy_makes_the_webhook_and_all_that_ends_it_takes_it_away(api: APIClient, github: GitHub) -> None:
    workflow_id = saved(api, github)
    (trigger,) = deploy(api, workflow_id)["triggers"]
    assert (trigger["armed"], trigger["active"], trigger["registration"]["state"]) == ("push", False, "registering")
    assert github.calls == [], "the deploy itself waits for nobody"
    work_off()

    (hook,) = github.hooks_of()
    registration = Registration.objects.get()
    assert hook["config"]["url"] == (
        f"https://flows.example.org/api/webhooks/{registration.owner_id}/hooks/{registration.pk}"
    )
    assert (hook["events"], hook["active"], hook["config"]["content_type"]) == (["push", "issues"], True, "json")
    assert len(hook["config"]["secret"]) > 40
    assert hook["config"]["secret"] not in str(KeptSecret.objects.values_list("sealed", flat=True)[0])
    trigger = shown(api, workflow_id)
    assert (trigger["active"], trigger["registration"]["state"], trigger["error"]) == (True, "active", None)

    endings = {
        "undeploy": lambda: api.post(f"{BASE}{workflow_id}/undeploy/"),
        "archive": lambda: api.post(f"{BASE}{workflow_id}/archive/"),
        "delete": lambda: api.delete(f"{BASE}{workflow_id}/"),
    }
    for name, end in endings.items():
        assert end().status_code < 300, name
        assert not Webhook.objects.exists(), name
        assert len(github.hooks_of()) == 1, "it goes in the background"
        work_off()
        assert github.hooks_of() == [], name
        assert (Registration.objects.count(), KeptSecret.objects.count()) == (0, 0), name
        if name != "delete":
            api.post(f"{BASE}{workflow_id}/unarchive/")
            deploy(api, workflow_id)
            work_off()
            assert len(github.hooks_of()) == 1
    assert not OutboxRow.objects.filter(kind="registration").exists()


def test_other_events_change_the_webhook_and_another_repository_or_credential_moves_it(
    api: APIClient, github: GitHub
) -> None:
    github.repositories.add("octo/fork")
    workflow_id = deployed(api, github)
    (first,) = github.hooks_of()
    change(api, workflow_id, events=["release"])
    deploy(api, workflow_id)
    work_off()
    (same,) = github.hooks_of()
    assert (same["id"], same["events"]) == (first["id"], ["release"])

    change(api, workflow_id, events=["all"])
    deploy(api, workflow_id)
    work_off()
    assert github.hooks_of()[0]["events"] == ["*"]
    assert call(*delivery(github.hooks_of()[0], {}, event="star", id="d1")).status_code == 202

    change(api, workflow_id, repository="fork")
    deploy(api, workflow_id)
    states = sorted(Registration.objects.values_list("state", flat=True))
    assert states == ["registering", "removing"]
    assert [one["state"] for one in shown(api, workflow_id)["removals"]] == ["removing"]
    work_off()
    (moved,) = github.hooks_of("octo/fork")
    assert (github.hooks_of(), moved["config"]["url"] == same["config"]["url"]) == ([], False)

    change(api, workflow_id, credentials={"github": credential(api, github)})
    deploy(api, workflow_id)
    work_off()
    (again,) = github.hooks_of("octo/fork")
    assert again["id"] != moved["id"]
    assert Registration.objects.count() == 1


FAULTS: dict[str, tuple[int, dict[str, Any], str, bool]] = {
    "unauthorized": (401, {"body": {"message": "Bad credentials"}}, "credential_invalid", False),
    "forbidden": (403, {"body": {"message": "Resource not accessible"}}, "github_forbidden", False),
    "not found": (404, {"body": {"message": "Not Found"}}, "github_not_found", False),
    "limited": (429, {"headers": {"Retry-After": "77"}}, "github_limited", True),
    "used up": (403, {"headers": {"Retry-After": "77"}}, "github_limited", True),
    "broken": (502, {"body": {"message": "Bad gateway"}}, "github_failed", True),
    "silent": (0, {}, "http_unreachable", True),
}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_what_github_refuses_is_shown_and_tried_again(api: APIClient, github: GitHub, name: str) -> None:
    status, more, code, is_soon = FAULTS[name]
    github.fail("GET", status, **more)
    workflow_id = deployed(api, github)
    assert state(api, workflow_id) == ("failed", code)
    found = shown(api, workflow_id)
    assert found["error"] == found["registration"]["error"]["message"]
    assert TOKEN not in str(found)
    said = more.get("body", {}).get("message", "")
    assert found["error"].endswith(said) or name == "not found", "nothing of it is taken for a secret"
    row = Registration.objects.get()
    assert row.next_try_at is not None
    wait_s = (row.next_try_at - timezone.now()).total_seconds()
    if code == "github_limited":
        assert 60 < wait_s <= 77
    else:
        assert wait_s < 10 if is_soon else 3000 < wait_s <= 3600
    assert api.get(f"{BASE}{workflow_id}/").json()["trigger_problems"] == 1
    (listed,) = api.get(BASE).json()["results"]
    assert listed["trigger_problems"] == 1

    later(hours=1)
    assert state(api, workflow_id) == ("active", None)
    assert len(github.hooks_of()) == 1
    assert api.get(f"{BASE}{workflow_id}/").json()["trigger_problems"] == 0


def test_the_pauses_grow_and_a_person_can_ask_for_a_try_at_once(api: APIClient, github: GitHub) -> None:
    github.fail("GET", 500, times=4)
    workflow_id = deployed(api, github)
    pauses: list[float] = []
    for _ in range(3):
        row = Registration.objects.get()
        assert row.next_try_at is not None
        pauses.append((row.next_try_at - timezone.now()).total_seconds())
        later(hours=1)
    assert pauses == sorted(pauses)
    assert pauses[-1] > 60
    assert shown(api, workflow_id)["registration"]["failures"] == 4

    reply = api.post(f"{BASE}{workflow_id}/triggers/t/retry/")
    assert (reply.status_code, reply.json()["state"]) == (202, "registering")
    work_off()
    assert state(api, workflow_id) == ("active", None)


def test_a_mended_credential_is_used_at_once(api: APIClient, github: GitHub) -> None:
    workflow_id = saved(api, github)
    wrong = credential(api, github, token="ghp_wrong_token")
    change(api, workflow_id, credentials={"github": wrong})
    deploy(api, workflow_id)
    work_off()
    assert state(api, workflow_id) == ("failed", "credential_invalid")
    api.patch(f"/api/credentials/{wrong}/", {"data": {"token": TOKEN}}, format="json")
    work_off()
    assert state(api, workflow_id) == ("active", None)


def test_a_removal_that_fails_goes_on_and_can_be_forgotten(api: APIClient, github: GitHub) -> None:
    workflow_id = deployed(api, github)
    github.tokens.clear()
    api.post(f"{BASE}{workflow_id}/undeploy/")
    work_off()
    (removal,) = shown(api, workflow_id)["removals"]
    assert (removal["state"], removal["error"]["code"]) == ("removing", "credential_invalid")
    change(api, workflow_id, repository="other")  # what is not in the working copy any more is shown too
    nodes = api.get(f"{BASE}{workflow_id}/").json()["nodes"]
    nodes[0] = node("m", "manual_trigger")
    api.patch(f"{BASE}{workflow_id}/", {"nodes": nodes, "edges": [edge("m", "z")]}, format="json")
    found = api.get(f"{BASE}{workflow_id}/triggers/").json()["results"]
    assert [(one["kind"], one["removed"]) for one in found] == [("manual_trigger", False), ("github_trigger", True)]

    github.tokens.add(TOKEN)
    later(hours=1)
    assert (github.hooks_of(), Registration.objects.count()) == ([], 0)

    deployed_again = deployed(api, github)
    github.tokens.clear()
    api.delete(f"{BASE}{deployed_again}/")
    work_off()
    assert len(github.hooks_of()) == 1
    row = Registration.objects.get()
    assert api.delete(f"{BASE}{deployed_again}/triggers/t/removals/{row.pk}/").status_code == 404, "it is deleted"


def test_a_removal_can_be_forgotten_and_a_live_registration_not(api: APIClient, github: GitHub) -> None:
    workflow_id = deployed(api, github)
    row = Registration.objects.get()
    url = f"{BASE}{workflow_id}/triggers/t/removals/{row.pk}/"
    assert api.delete(url).status_code == 404
    github.tokens.clear()
    api.post(f"{BASE}{workflow_id}/undeploy/")
    work_off()
    assert api.delete(url).status_code == 204
    assert (Registration.objects.count(), KeptSecret.objects.count()) == (0, 0)
    hurry(kind="registration")
    work_off()
    assert not OutboxRow.objects.filter(kind="registration").exists()


def test_a_silent_github_is_waited_for_so_long_and_no_longer(
    api: APIClient, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(github_hooks, "TIMEOUT_S", 0.5)
    github.fail("GET", meanwhile=lambda: answered.wait(30))
    try:
        workflow_id = deployed(api, github)
        assert state(api, workflow_id) == ("failed", "http_unreachable")
    finally:
        answered.set()
    later(minutes=5)
    assert (state(api, workflow_id), len(github.hooks_of())) == (("active", None), 1)


def test_a_webhook_among_hundreds_is_found(api: APIClient, github: GitHub) -> None:
    workflow_id = deployed(api, github)
    (hook,) = github.hooks_of()
    others = {number: {"id": number, "name": "web", "events": [], "config": {"url": f"https://x.org/{number}"}}
              for number in range(1000, 1250)}  # fmt: skip
    github.hooks["octo/spoon"] = {**others, hook["id"]: hook}
    api.post(f"{BASE}{workflow_id}/undeploy/")
    work_off()
    assert (len(github.hooks_of()), hook["id"] in github.hooks["octo/spoon"]) == (250, False)


def test_the_secrets_made_for_webhooks_get_a_new_key_with_all_others(
    api: APIClient, github: GitHub, settings: Any
) -> None:
    deployed(api, github)
    (hook,) = github.hooks_of()
    settings.CREDENTIAL_KEYS = f"newer:{base64.b64encode(b'n' * 32).decode()},{settings.CREDENTIAL_KEYS}"
    key_ring.cache_clear()
    try:
        assert rotate().broken == []
        assert KeptSecret.objects.get().sealed["key"] == "newer"
        check_keys()
        assert call(*delivery(hook, {}, id="d1")).status_code == 202
    finally:
        key_ring.cache_clear()


# -- crashes -----------------------------------------------------------------------------------------------------------
def test_a_webhook_whose_answer_was_lost_is_found_again_by_its_address(api: APIClient, github: GitHub) -> None:
    github.fail("POST", after=True)
    workflow_id = deployed(api, github)
    (hook,) = github.hooks_of()
    assert state(api, workflow_id) == ("failed", "http_unreachable")
    later(minutes=5)
    assert state(api, workflow_id) == ("active", None)
    assert [one["id"] for one in github.hooks_of()] == [hook["id"]]


def test_a_webhook_that_was_made_in_the_same_moment_is_taken(api: APIClient, github: GitHub) -> None:
    def cross() -> None:
        registration = Registration.objects.get()
        url = f"https://flows.example.org/api/webhooks/{registration.owner_id}/hooks/{registration.pk}"
        connections.close_all()
        github.hooks["octo/spoon"] = {
            7: {"id": 7, "name": "web", "events": ["fork"], "config": {"url": url, "secret": "?"}}
        }

    github.fail("POST", meanwhile=cross)
    workflow_id = deployed(api, github)
    (hook,) = github.hooks_of()
    assert (hook["id"], hook["events"], state(api, workflow_id)[0]) == (7, ["push", "issues"], "active")
    assert hook["config"]["secret"] != "?"


def test_a_removal_whose_answer_was_lost_ends(api: APIClient, github: GitHub) -> None:
    workflow_id = deployed(api, github)
    github.fail("DELETE", after=True)
    api.post(f"{BASE}{workflow_id}/undeploy/")
    work_off()
    later(minutes=5)
    assert (github.hooks_of(), Registration.objects.count()) == ([], 0)


STEPS = ("begin", "reach_out", "finish")


class Killed(BaseException):
    """The process is gone: nothing after it runs, nobody catches it."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("wanted", ["registering", "removing"])
def test_a_process_lost_at_any_step_leaves_one_webhook_or_none(
    api: APIClient, github: GitHub, monkeypatch: pytest.MonkeyPatch, wanted: str, step: str, when: str
) -> None:
    workflow_id = saved(api, github)
    deploy(api, workflow_id)
    if wanted == "removing":
        work_off()
        api.post(f"{BASE}{workflow_id}/undeploy/")
    real = getattr(registrations, step)

    def dies(*arguments: Any) -> Any:
        if when == "after":
            real(*arguments)
        raise Killed

    monkeypatch.setattr(registrations, step, dies)
    registration = Registration.objects.get()
    payload = {"registration_id": str(registration.pk)}
    row = Row(uuid4(), "registration", registration.owner_id, payload, None, 1, 0, 0, database_now())
    with pytest.raises(Killed):
        registrations.work(row)
    monkeypatch.undo()

    work_off()  # another process; while the lock of the lost one stands, it waits
    later(minutes=5)
    if wanted == "registering":
        assert state(api, workflow_id) == ("active", None)
        assert len(github.hooks_of()) == 1
        api.post(f"{BASE}{workflow_id}/undeploy/")
        work_off()
    assert (github.hooks_of(), Registration.objects.count(), KeptSecret.objects.count()) == ([], 0, 0)


def test_the_last_of_several_deploys_wins_whatever_is_under_way(api: APIClient, github: GitHub) -> None:
    github.repositories.add("octo/fork")
    workflow_id = saved(api, github)
    deploy(api, workflow_id)  # version 1: octo/spoon
    change(api, workflow_id, repository="fork")

    def second_deploy() -> None:
        deploy(api, workflow_id)
        connections.close_all()

    github.fail("POST", meanwhile=second_deploy)  # while the first one's webhook is made
    work_off()
    assert (len(github.hooks_of()), len(github.hooks_of("octo/fork"))) == (0, 1)
    assert state(api, workflow_id) == ("active", None)

    def roll_back() -> None:
        deploy(api, workflow_id, version=1)
        connections.close_all()

    api.post(f"{BASE}{workflow_id}/undeploy/")
    github.fail("DELETE", meanwhile=roll_back)  # while the second one's is taken away
    work_off()
    assert (len(github.hooks_of()), len(github.hooks_of("octo/fork"))) == (1, 0)
    assert (state(api, workflow_id), Registration.objects.count()) == (("active", None), 1)

    def same_again() -> None:
        deploy(api, workflow_id, version=1)
        connections.close_all()

    api.post(f"{BASE}{workflow_id}/undeploy/")
    github.fail("DELETE", meanwhile=same_again)  # the same place is wanted again while it is being left
    work_off()
    assert (len(github.hooks_of()), state(api, workflow_id)) == (1, ("active", None))


# -- calls -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
def test_a_signed_call_starts_one_run_with_its_event(api: APIClient, github: GitHub, form: bool) -> None:
    deployed(api, github)
    (hook,) = github.hooks_of()
    payload = {"ref": "refs/heads/main", "action": "opened", "commits": [{"id": "é"}]}
    first = call(*delivery(hook, payload, id="d1", form=form))
    again = call(*delivery(hook, payload, id="d1", form=form))
    other = call(*delivery(hook, payload, id="d2", event="issues", form=form))
    assert [reply.status_code for reply in (first, again, other)] == [202, 202, 202]
    assert first.json()["execution_id"] == again.json()["execution_id"] != other.json()["execution_id"]

    run: Any = Execution.objects.get(pk=first.json()["execution_id"])
    assert (run.trigger, run.mode, run.trigger_node_id) == ("event", "production", "t")
    assert (run.input["event"], run.input["action"], run.input["delivery_id"]) == ("push", "opened", "d1")
    assert run.input["body"] == payload
    assert (run.input["headers"]["x-github-event"], run.input["headers"]["x-hub-signature-256"]) == ("push", "***")


def test_a_ping_and_events_nobody_asked_for_are_answered_and_start_nothing(api: APIClient, github: GitHub) -> None:
    deployed(api, github)
    (hook,) = github.hooks_of()
    ping = call(*delivery(hook, {"zen": "…"}, event="ping", id="d1"))
    star = call(*delivery(hook, {}, event="star", id="d2"))
    assert (ping.status_code, ping.json()) == (200, {"status": "pong"})
    assert (star.status_code, star.json()) == (200, {"status": "ignored", "event": "star"})
    assert not Execution.objects.exists()


def test_calls_that_are_not_signed_rightly_are_refused_and_counted(
    api: APIClient, github: GitHub, settings: Any
) -> None:
    deployed(api, github)
    (hook,) = github.hooks_of()
    url, body, kind, headers = delivery(hook, {"a": 1}, id="d1")
    signature = headers["X-Hub-Signature-256"]
    settings.RATE_LIMITS = True
    for given in ("", signature.removeprefix("sha256="), f"sha1={signature[7:]}", signature[:-1] + "x", "sha256="):
        reply = call(url, body, kind, {**headers, "X-Hub-Signature-256": given})
        assert (reply.status_code, reply.json()["code"]) == (401, "signature_invalid"), given
    changed = call(url, body + b" ", kind, headers)
    assert (changed.status_code, changed.json()["code"]) == (401, "signature_invalid")
    for _ in range(4):
        call(url, body, kind, {**headers, "X-Hub-Signature-256": "sha256=0"})
    assert call(url, body, kind, headers).status_code == 429, "guessing is slowed down, as at other doors"
    assert not Execution.objects.exists()


def test_what_is_signed_and_cannot_be_read_is_refused(api: APIClient, github: GitHub) -> None:
    deployed(api, github)
    (hook,) = github.hooks_of()
    url, body, kind, headers = delivery(hook, {}, id="d1")
    del headers["X-GitHub-Delivery"]
    reply = call(url, body, kind, headers)
    assert (reply.status_code, reply.json()["code"]) == (400, "validation_error")
    listed: Any = [1]
    reply = call(*delivery(hook, listed, id="d1"))
    assert (reply.status_code, reply.json()["code"]) == (400, "malformed_json")
    assert call(url.replace("/hooks/", "/hooks/x"), body, kind, headers).status_code == 404


def test_a_secret_is_changed_without_losing_calls(api: APIClient, github: GitHub) -> None:
    workflow_id = deployed(api, github)
    old = dict(github.hooks_of()[0])
    assert api.post(f"{BASE}{workflow_id}/triggers/t/rotate-secret/").status_code == 202
    assert call(*delivery(old, {}, id="d1")).status_code == 202, "it is the only one that GitHub knows"
    work_off()
    (new,) = github.hooks_of()
    assert (new["id"], new["config"]["secret"] == old["config"]["secret"]) == (old["id"], False)
    assert call(*delivery(new, {}, id="d2")).status_code == 202
    assert call(*delivery(old, {}, id="d3")).status_code == 202, "calls under way were signed with it"

    row = Registration.objects.get()
    row.secrets = [one if one["until"] is None else {**one, "until": "2020-01-01T00:00:00.000Z"} for one in row.secrets]
    row.save()
    assert call(*delivery(old, {}, id="d4")).status_code == 401
    assert api.post(f"{BASE}{workflow_id}/triggers/t/retry/").status_code == 202
    work_off()
    assert KeptSecret.objects.count() == 1, "what is over is forgotten"


def test_listening_registers_the_working_copy_for_one_call(api: APIClient, github: GitHub) -> None:
    workflow_id = saved(api, github)
    begun = api.post(f"{BASE}{workflow_id}/triggers/t/listen/")
    assert begun.status_code == 202, begun.json()
    assert begun.json()["registration"]["state"] == "registering"
    work_off()
    (hook,) = github.hooks_of()
    assert "/api/webhooks-test/" in hook["config"]["url"]
    assert hook["config"]["url"].endswith(begun.json()["test_url"].split("/api/")[1])
    assert call(*delivery(hook, {"zen": "…"}, event="ping", id="d0")).json() == {"status": "pong"}

    reply = call(*delivery(hook, {"ref": "x"}, id="d1"))
    assert reply.status_code == 202
    assert Execution.objects.get().mode == "test"
    heard = api.get(f"{BASE}{workflow_id}/triggers/t/listen/").json()
    assert (heard["listening"], heard["execution_id"]) == (False, reply.json()["execution_id"])
    assert call(*delivery(hook, {"ref": "x"}, id="d2")).json()["code"] == "webhook_not_listening"
    work_off()
    assert (github.hooks_of(), Registration.objects.count()) == ([], 0)


def test_a_test_registration_that_nobody_calls_goes_with_its_time(api: APIClient, github: GitHub) -> None:
    workflow_id = deployed(api, github)
    api.post(f"{BASE}{workflow_id}/triggers/t/listen/")
    work_off()
    assert len(github.hooks_of()) == 2, "the one in service stays"
    later(minutes=5)
    (hook,) = github.hooks_of()
    assert "/api/webhooks/" in hook["config"]["url"]

    github.fail("GET", 401)
    api.post(f"{BASE}{workflow_id}/triggers/t/listen/")
    work_off()
    heard = api.get(f"{BASE}{workflow_id}/triggers/t/listen/").json()["registration"]
    assert (heard["state"], heard["error"]["code"]) == ("failed", "credential_invalid")
    later(minutes=5)
    assert Registration.objects.count() == 1, "one that failed goes too, long before its next try"
    assert state(api, workflow_id) == ("active", None)


def test_two_who_listen_at_once_listen_to_one_registration(
    api: APIClient, user: User, as_user: Callable[[User], APIClient], github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow_id, both = saved(api, github), threading.Barrier(2)
    want = pushes.want

    def wants_with_the_other(*args: Any) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(1)
        want(*args)

    def listen(_: int) -> Any:
        try:
            return as_user(user).post(f"{BASE}{workflow_id}/triggers/t/listen/")
        finally:
            connections.close_all()

    monkeypatch.setattr(pushes, "want", wants_with_the_other)
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(listen, range(2)))
    assert [reply.status_code for reply in replies] == [202, 202], [reply.content for reply in replies]
    assert len({reply.json()["test_url"] for reply in replies}) == 1
    assert Registration.objects.filter(is_test=True).exclude(state="removing").count() == 1


def test_a_workflow_that_is_handed_over_is_registered_anew_for_its_new_owner(
    api: APIClient, github: GitHub, user: User, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    workflow_id, heir, now = deployed(api, github), make_user(), timezone.now()
    row = Collaborator.objects.create(
        workflow_id=workflow_id, user_id=heir.pk, email=heir.email, role="viewer", invited_by_id=user.pk,
        created_at=now, mailed_at=now, accepted_at=now,
    )  # fmt: skip
    made = api.post(f"{BASE}{workflow_id}/transfer/", {"collaborator_id": str(row.pk)}, format="json").json()
    assert Webhook.objects.get().owner_id == user.pk, "offered is not handed over"
    reply = as_user(heir).post(f"/api/orchestrator/transfers/{made['id']}/accept/")
    assert reply.status_code == 200, reply.json()
    assert Webhook.objects.get().owner_id == heir.pk
    owners = dict(Registration.objects.values_list("owner_id", "state"))
    assert owners == {user.pk: "removing", heir.pk: "registering"}


def test_an_address_that_is_registered_nowhere_takes_no_call_as_the_service_s(api: APIClient, github: GitHub) -> None:
    workflow_id = saved(api, github)
    nodes = api.get(f"{BASE}{workflow_id}/").json()["nodes"]
    push = nodes[0]
    hook = {**push, "type": "webhook_trigger", "data": {"label": "t", "params": {"path": "x"}}}
    api.patch(f"{BASE}{workflow_id}/", {"nodes": [hook, *nodes[1:]]}, format="json")
    begun = api.post(f"{BASE}{workflow_id}/triggers/t/listen/").json()
    api.patch(f"{BASE}{workflow_id}/", {"nodes": nodes}, format="json")
    headers = {"X-GitHub-Event": "push", "X-GitHub-Delivery": "d1"}
    reply = call("/api/" + begun["test_url"].split("/api/")[1], b"{}", "application/json", headers)
    assert reply.status_code in (401, 404), reply.json()
    assert not Execution.objects.exists()
