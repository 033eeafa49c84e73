"""Variables of accounts and workflows: kept, read as `$vars`, secret ones sealed and masked; roles of collaborators."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from core.json import dumps_lossy
from core.models import AuditEntry, User
from core.secrets.sealing import key_ring
from credentials import rotation
from credentials.models import Variable
from credentials.variables import hand_over, place_of, values_for
from executor.models import Execution, HumanTask, NodeRun
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from tests.builders import chain, edge, graph, node, set_node
from tests.conftest import Peer
from tests.integration.executor.running import finished, until
from tests.integration.orchestrator.sharing import Person, joined

pytestmark = pytest.mark.django_db(transaction=True)
BASE, VARIABLES = "/api/orchestrator/", "/api/variables/"
SECRET = "s3cret-value-of-mine"


@pytest.fixture
def engine(settings: Any, peer: Peer) -> Any:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def keep(api: APIClient, name: str, value: Any, **more: Any) -> dict[str, Any]:
    reply = api.post(VARIABLES, {"name": name, "value": value, **more}, format="json")
    assert reply.status_code == 201, reply.json()
    return dict(reply.json())


def make(api: APIClient, document: dict[str, Any], name: str = "w") -> str:
    reply = api.post(f"{BASE}workflows/", {"name": name, **document}, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def ran(api: APIClient, engine: EngineThread, workflow: str, **body: Any) -> Any:
    begun = api.post(f"{BASE}workflows/{workflow}/execute/", body, format="json")
    assert begun.status_code == 202, begun.json()
    engine.ring(begun.json()["id"])
    return finished(begun.json()["id"])


def test_a_workflow_reads_its_own_before_the_accounts_and_a_runs_before_both(
    api: APIClient, engine: EngineThread
) -> None:
    workflow = make(
        api, chain(set_node("s", keep_other=False, a="{{ $vars.a }}", b="{{ $vars.b }}", c="{{ $vars.c }}"))
    )
    for name in "abc":
        keep(api, name, f"account {name}")
    keep(api, "b", {"of": "workflow"}, workflow_id=workflow)
    keep(api, "c", 3, workflow_id=workflow)

    execution = ran(api, engine, workflow, variables={"c": "run"})

    assert {name: execution.output[0]["json"][name] for name in "abc"} == {
        "a": "account a",
        "b": {"of": "workflow"},
        "c": "run",
    }
    assert execution.variables == {"c": "run"}, "a run keeps what it was started with alone"


@pytest.mark.parametrize(
    "code", [("python", "return [{'got': vars['a']}]"), ("javascript", "return [{json: {got: vars.a}}]")]
)
def test_code_reads_them_too(api: APIClient, engine: EngineThread, code: tuple[str, str]) -> None:
    workflow = make(api, chain(node("c", "code", {"language": code[0], "code": code[1]})))
    keep(api, "a", [1, 2])

    assert ran(api, engine, workflow).output[0]["json"]["got"] == [1, 2]


def test_a_secret_one_is_sent_and_never_shown(api: APIClient, user: User, engine: EngineThread, peer: Peer) -> None:
    made = keep(api, "token", SECRET, is_secret=True)
    assert (made["value"], made["is_secret"]) == (None, True)
    child = make(api, chain(node("x")), "child")
    peer.answer("/in", (200, {}, b"{}"))
    ask = node("ask", "http_request", {"url": f"{peer.url}/in", "headers": {"X-Token": "{{ $vars.token }}"}})
    call = node("call", "sub_workflow", {"workflow_id": child, "input_mapping": {"t": "{{ $vars.token }}"}})
    people = node("q", "human_task", {"title": "{{ $vars.token }}", "context": {"t": "{{ $vars.token }}"}})
    document = graph(
        [set_node("s", t="{{ $vars.token }}", base="{{ $vars.token.base64Encode() }}"), ask, call, people],
        [edge("start", "s"), edge("s", "ask"), edge("ask", "call"), edge("call", "q", "success")],
    )
    begun = api.post(f"{BASE}workflows/{make(api, document)}/execute/", {}, format="json").json()
    engine.ring(begun["id"])
    until(begun["id"], {"waiting"})

    assert {name.lower(): value for name, value in peer.calls[0].headers.items()}["x-token"] == SECRET
    stored = [list(model.objects.values()) for model in (Execution, HumanTask, AuditEntry, Variable)]
    stored += [[row.outputs for row in NodeRun.objects.all()]]
    assert Execution.objects.count() == 2
    assert SECRET not in str(stored)
    assert SECRET not in api.get(f"{BASE}executions/{begun['id']}/").content.decode()
    shown = [api.get(VARIABLES), api.get(f"{VARIABLES}{made['id']}/")]
    shown += [api.patch(f"{VARIABLES}{made['id']}/", {"name": "key"}, format="json")]
    assert not any(SECRET in reply.content.decode() for reply in shown)
    assert [reply.status_code for reply in shown] == [200, 200, 200]


def test_a_preview_shows_values_and_masks_secrets(api: APIClient) -> None:
    workflow = make(api, chain(set_node("s", x=1)))
    keep(api, "token", SECRET, is_secret=True)
    keep(api, "plain", 7)

    def preview(text: str) -> Any:
        body = {"text": text, "context": {"workflow_id": workflow, "node_id": "s"}}
        return api.post("/api/compile/expressions/preview/", body, format="json").json()["value"]

    assert preview("{{ $vars.plain + 1 }}") == 8
    assert SECRET not in str(preview("{{ $vars.token }}"))


@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": "1x", "value": 1}, "name"), ({"name": "a b", "value": 1}, "name"), ({"name": "a", "value": "x" * 70_000}, "value"),
     ({"name": "a", "value": "abc", "is_secret": True}, "value"), ({"name": "a", "value": 12345, "is_secret": True}, "value")],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(api: APIClient, body: dict[str, Any], field: str) -> None:
    reply = api.post(VARIABLES, body, format="json")

    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, field)


def test_names_stand_once_and_secrets_stay_secret(api: APIClient) -> None:
    made = keep(api, "a", SECRET, is_secret=True)
    assert api.post(VARIABLES, {"name": "a", "value": 1}, format="json").json()["code"] == "name_taken"
    opened = api.patch(f"{VARIABLES}{made['id']}/", {"is_secret": False, "value": "x"}, format="json")
    assert opened.status_code == 400
    changed = api.patch(f"{VARIABLES}{made['id']}/", {"value": "another one"}, format="json").json()
    assert (changed["value"], changed["is_secret"]) == (None, True)
    assert api.delete(f"{VARIABLES}{made['id']}/").status_code == 204
    assert api.get(VARIABLES).json()["results"] == []


def test_roles_of_a_workflow_are_those_of_its_variables(
    person: Callable[..., Person], owner: Person, settings: Any
) -> None:
    settings.SHARED_EDITING = True
    workflow = make(owner.api, chain(set_node("s", x="{{ $vars.own }}")))
    own = keep(owner.api, "own", 1, workflow_id=workflow)
    account = keep(owner.api, "account", 2)
    people = {role: person() for role in ("viewer", "runner", "editor")}
    for role, one in people.items():
        joined(owner, workflow, one, role)
    url = f"{VARIABLES}{own['id']}/"

    for role, one in people.items():
        may_change = role == "editor"
        assert [row["id"] for row in one.api.get(VARIABLES).json()["results"]] == [own["id"]]
        assert one.api.get(url).json()["my_role"] == role
        assert one.api.get(f"{VARIABLES}{account['id']}/").status_code == 404
        assert one.api.patch(url, {"value": 5}, format="json").status_code == (200 if may_change else 403)
        added = one.api.post(VARIABLES, {"name": f"by_{role}", "value": 1, "workflow_id": workflow}, format="json")
        assert added.status_code == (201 if may_change else 403)
        given = one.api.post(f"{BASE}workflows/{workflow}/execute/", {"variables": {"own": 9}}, format="json")
        assert given.status_code == {"viewer": 403, "runner": 403, "editor": 202}[role]
    free = people["runner"].api.post(f"{BASE}workflows/{workflow}/execute/", {"variables": {"x": 9}}, format="json")
    assert free.status_code == 202

    assert values_for(owner.user.pk, UUID(workflow)).by_name.keys() == {"own", "by_editor"}, "an editor reads no other"


def test_keys_are_changed_and_what_goes_takes_its_variables_along(api: APIClient, user: User, settings: Any) -> None:
    workflow = make(api, chain(set_node("s", x=1)))
    keep(api, "token", SECRET, is_secret=True, workflow_id=workflow)
    row = Variable.objects.get()
    assert key_ring().open(row.sealed, place_of(row)) == SECRET
    assert rotation.rotate().broken == []
    assert dumps_lossy(row.sealed).find(SECRET.encode()) < 0

    assert api.delete(f"{BASE}workflows/{workflow}/").status_code in (200, 204)
    assert not Variable.objects.exists()


def test_whoever_may_look_at_a_workflow_does_not_see_the_accounts_variables(
    person: Callable[..., Person], owner: Person
) -> None:
    workflow = make(owner.api, chain(set_node("s", x="{{ $vars.own }}")))
    keep(owner.api, "own", "of the workflow", workflow_id=workflow)
    keep(owner.api, "account", "of the account")
    viewer = person()
    joined(owner, workflow, viewer, "viewer")

    def preview(api: APIClient) -> Any:
        body = {"text": "{{ $vars }}", "context": {"workflow_id": workflow, "node_id": "s"}}
        return api.post("/api/compile/expressions/preview/", body, format="json").json()["value"]

    assert preview(viewer.api) == {"own": "of the workflow"}
    assert preview(owner.api) == {"account": "of the account", "own": "of the workflow"}


@pytest.mark.parametrize(
    "body", ["{{ $vars.token }}", "{{ ({ a: [$vars.token] }) }}", "x {{ $vars.token.toUpperCase() }} {{ $vars.token }}"]
)
def test_a_secret_does_not_go_to_who_called_a_webhook(api: APIClient, engine: EngineThread, body: str) -> None:
    keep(api, "token", SECRET, is_secret=True)
    answers = node("a", "respond_webhook", {"body": body, "headers": {"X-T": "{{ $vars.token }}"}})

    execution = ran(api, engine, make(api, chain(answers)))

    response = Execution.objects.get(pk=execution.pk).response
    assert response["status"] == 200
    assert SECRET.encode() not in b64decode(response["content"])
    assert SECRET not in str(response)


def test_what_is_of_others_is_not_reached_by_variables(person: Callable[..., Person], owner: Person) -> None:
    workflow = make(owner.api, chain(set_node("s", x=1)))
    kept = keep(owner.api, "own", 1, workflow_id=workflow)
    stranger = person()
    theirs = make(stranger.api, chain(set_node("s", x=1)), "theirs")
    mine = keep(stranger.api, "mine", 1, workflow_id=theirs)

    added = stranger.api.post(VARIABLES, {"name": "x", "value": 1, "workflow_id": workflow}, format="json")
    assert added.status_code == 404
    stranger.api.patch(
        f"{VARIABLES}{mine['id']}/", {"workflow_id": workflow, "owner_id": str(owner.user.pk)}, format="json"
    )
    assert [row["name"] for row in owner.api.get(f"{VARIABLES}?workflow_id={workflow}").json()["results"]] == ["own"]
    for call in (stranger.api.get, stranger.api.delete):
        assert call(f"{VARIABLES}{kept['id']}/").status_code == 404
    assert values_for(stranger.user.pk, UUID(workflow)).by_name.keys() <= {"own"}
    assert stranger.api.get(f"{VARIABLES}?workflow_id={workflow}").json()["results"] == []


def test_a_workflow_that_changes_hands_leaves_its_secrets_behind(person: Callable[..., Person], owner: Person) -> None:
    workflow = make(owner.api, chain(set_node("s", x=1)))
    keep(owner.api, "plain", 1, workflow_id=workflow)
    keep(owner.api, "token", SECRET, is_secret=True, workflow_id=workflow)
    heir = person()

    hand_over(workflow_id=UUID(workflow), owner_id=heir.user.pk)

    assert [(row.name, row.owner_id) for row in Variable.objects.all()] == [("plain", heir.user.pk)]
