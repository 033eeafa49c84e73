"""What an editor may not make a workflow do with its owner's credentials and workflows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from core.datastore import tables
from core.datastore.errors import TableMissing
from core.datastore.models import DataTable
from core.models import Collaborator, User
from credentials.models import CredentialShare
from executor.models import Execution, NodeRun, RunState
from mcp_integration.models import McpServer
from orchestrator.models import Workflow
from tests.builders import chain, edge, graph, node, set_node

pytestmark = pytest.mark.django_db
BASE = "/api/orchestrator/workflows/"


class Shared:
    """A workflow of an owner that an editor works on, with one credential that goes anywhere and one that does not."""

    def __init__(self, owner: APIClient, editor: APIClient, owner_user: User, editor_user: User) -> None:
        self.owner, self.editor, self.owner_user, self.editor_user = owner, editor, owner_user, editor_user
        self.anywhere = self.credential(owner, "anywhere")
        self.bounded = self.credential(owner, "bounded", allowed_hosts="api.example.org")

    def credential(self, api: APIClient, name: str, **fields: str) -> str:
        body = {"name": name, "type": "http_bearer", "data": {"token": "s3cret-token", **fields}}
        return str(api.post("/api/credentials/", body, format="json").json()["id"])

    def workflow(self, document: dict[str, Any]) -> str:
        workflow_id = self.owner.post(BASE, {"name": "Mine", **document}, format="json").json()["id"]
        now = timezone.now()
        Collaborator.objects.create(
            workflow_id=workflow_id, user_id=self.editor_user.pk, email=self.editor_user.email, role="editor",
            invited_by_id=self.owner_user.pk, created_at=now, mailed_at=now, accepted_at=now,
        )  # fmt: skip
        return str(workflow_id)

    def edits(self, workflow_id: str, **fields: Any) -> tuple[int, str]:
        reply = self.editor.patch(f"{BASE}{workflow_id}/", fields, format="json")
        return reply.status_code, reply.json().get("code", "")


@pytest.fixture
def shared(make_user: Callable[..., User], as_user: Callable[[User], APIClient]) -> Shared:
    owner, editor = make_user(), make_user()
    return Shared(as_user(owner), as_user(editor), owner, editor)


def call(url: str, credential_id: str, name: str = "call", **params: Any) -> dict[str, Any]:
    return node(name, "http_request", {"url": url, **params}, credentials={"auth": credential_id})


OK, REFUSED = (200, ""), (403, "credential_guarded")


def test_a_credential_that_goes_anywhere_keeps_its_node_as_it_is(shared: Shared) -> None:
    there = call("https://api.example.org/", shared.anywhere)
    workflow_id = shared.workflow(chain(there, set_node("s", a="1")))
    elsewhere = call("https://evil.example.net/", shared.anywhere)
    assert shared.edits(workflow_id, **chain(elsewhere, set_node("s", a="1"))) == REFUSED
    assert shared.edits(workflow_id, **chain(there, set_node("s", a="2"))) == OK, "the rest may change"
    moved = {**there, "position": {"x": 9, "y": 9}, "data": {**there["data"], "label": "Call them"}}
    assert shared.edits(workflow_id, **chain(moved, set_node("s", a="2"))) == OK
    assert shared.edits(workflow_id, **chain(set_node("s", a="2"))) == OK, "it may go"
    assert shared.edits(workflow_id, **chain(elsewhere, set_node("s", a="2"))) == REFUSED, (
        "and does not come back as another"
    )
    assert shared.edits(workflow_id, **chain(there, set_node("s", a="2"))) == OK, "as its owner left it it does"
    assert shared.edits(workflow_id, **chain(set_node("s", a="2"))) == OK
    assert shared.owner.patch(f"{BASE}{workflow_id}/", {"description": "Mine"}, format="json").status_code == 200
    assert shared.edits(workflow_id, **chain(there, set_node("s", a="2"))) == REFUSED, "its owner let it go"
    assert shared.owner.put(f"{BASE}{workflow_id}/", {"name": "Mine", **chain(there)}, format="json").status_code == 200
    whole = shared.editor.put(f"{BASE}{workflow_id}/", {"name": "Mine", **chain(elsewhere)}, format="json")
    assert (whole.status_code, whole.json()["code"], whole.json()["node_ids"]) == (403, "credential_guarded", ["call"])


def test_where_its_node_is_computed_nothing_before_it_changes_either(shared: Shared) -> None:
    computed = call("{{ $json.base }}/orders", shared.anywhere)
    before = chain(set_node("s", base="https://api.example.org"), computed)
    workflow_id = shared.workflow(before)
    place = f"{BASE}{workflow_id}/"
    assert shared.edits(workflow_id, **chain(set_node("s", base="https://evil.example.net"), computed)) == REFUSED
    pins = {"s": {"main": [{"json": {"base": "https://evil.example.net"}}]}}
    assert shared.edits(workflow_id, pinned_data=pins) == REFUSED
    for body in ({"pinned": pins}, {"inputs": pins["s"]}):
        reply = shared.editor.post(f"{place}partial-execute/", {"node_id": "call", **body}, format="json")
        assert (reply.status_code, reply.json()["code"]) == REFUSED
    assert shared.edits(workflow_id, description="What it is for") == OK
    assert shared.owner.patch(place, {"pinned_data": pins}, format="json").status_code == 200, "its owner may"


def test_a_part_is_not_run_with_a_graph_that_could_not_be_saved(shared: Shared) -> None:
    workflow_id = shared.workflow(chain(call("https://api.example.org/", shared.anywhere)))
    elsewhere = chain(call("https://evil.example.net/", shared.anywhere))
    body = {"node_id": "call", "definition": elsewhere, "inputs": {"main": [{"json": {}}]}}
    reply = shared.editor.post(f"{BASE}{workflow_id}/partial-execute/", body, format="json")
    assert (reply.status_code, reply.json()["code"]) == REFUSED
    Collaborator.objects.update(role="runner")
    reply = shared.editor.post(f"{BASE}{workflow_id}/partial-execute/", body, format="json")
    assert (reply.status_code, reply.json()["code"]) == (403, "role_required")


def test_a_credential_that_goes_to_named_hosts_is_called_differently_where_it_is(shared: Shared) -> None:
    workflow_id = shared.workflow(chain(call("https://api.example.org/a", shared.bounded)))
    assert shared.edits(workflow_id, **chain(call("https://api.example.org/b", shared.bounded))) == OK
    copied = [
        call("https://api.example.org/b", shared.bounded),
        call("https://api.example.org/", shared.bounded, "two"),
    ]
    assert shared.edits(workflow_id, **chain(*copied)) == REFUSED, "and is put into no other node"
    other_kind = node("call", "graphql", {}, credentials={"auth": shared.bounded})
    assert shared.edits(workflow_id, **graph([other_kind], [])) == REFUSED
    bounded = {"data": {"allowed_hosts": None}}
    reply = shared.owner.patch(f"/api/credentials/{shared.bounded}/", bounded, format="json")
    assert reply.status_code == 400, "while others edit what it is used in, its hosts stay named"


def test_an_editor_brings_no_credential_of_the_owners_that_he_knows_the_id_of(shared: Shared) -> None:
    workflow_id = shared.workflow(chain(node("x")))
    assert shared.edits(workflow_id, **chain(call("https://evil.example.net/", shared.anywhere))) == REFUSED
    assert shared.edits(workflow_id, llm={"credential_id": shared.anywhere}) == REFUSED
    own = shared.credential(shared.editor, "own")
    assert shared.edits(workflow_id, **chain(call("https://api.example.org/", own))) == OK, "his own he may name"


def test_a_graph_is_checked_for_its_workflow_on_the_owners_account(shared: Shared) -> None:
    document = chain(call("https://api.example.org/", shared.bounded))
    workflow_id = shared.workflow(document)
    alone = shared.editor.post("/api/compile/validate/", document, format="json").json()
    assert [one["code"] for one in alone["diagnostics"]] == ["missing_credential"]
    there = shared.editor.post(f"/api/compile/validate/?workflow_id={workflow_id}", document, format="json")
    assert there.json() == {"valid": True, "diagnostics": []}
    Collaborator.objects.all().delete()
    gone = shared.editor.post(f"/api/compile/validate/?workflow_id={workflow_id}", document, format="json")
    assert gone.status_code == 404


def test_what_an_owner_lends_is_the_editors_to_use(shared: Shared) -> None:
    CredentialShare.objects.create(credential_id=shared.bounded, user_id=shared.editor_user.pk)
    workflow_id = shared.workflow(chain(node("x")))
    assert shared.edits(workflow_id, **chain(call("https://api.example.org/", shared.bounded))) == OK


def test_an_editor_reads_and_lends_no_credential_of_the_owners(shared: Shared) -> None:
    shared.workflow(chain(call("https://api.example.org/", shared.bounded)))
    place = f"/api/credentials/{shared.bounded}/"
    assert shared.editor.get(place).status_code == 404
    lent = shared.editor.post(f"{place}shares/", {"email": shared.editor_user.email}, format="json")
    assert lent.status_code == 404
    assert shared.editor.get("/api/credentials/").json()["count"] == 0


def test_an_editor_brings_back_an_old_version_as_it_was(shared: Shared) -> None:
    workflow_id = shared.workflow(chain(call("https://api.example.org/", shared.anywhere)))
    place = f"{BASE}{workflow_id}/"
    assert shared.editor.put(place, {"name": "Mine", **chain(node("x"))}, format="json").status_code == 200
    restored = shared.editor.post(f"{place}versions/1/restore/")
    assert restored.status_code == 200
    assert restored.json()["nodes"][1]["data"]["credentials"] == {"auth": shared.anywhere}


def computed_by(url: str, credential_id: str) -> dict[str, Any]:
    return chain(set_node("s", base=url), call("{{ $json.base }}/orders", credential_id))


PINS = {"s": {"main": [{"json": {"base": "https://evil.example.net"}}]}}


def test_what_an_owner_took_away_comes_back_by_no_version(shared: Shared) -> None:
    workflow_id = shared.workflow(computed_by("https://api.example.org", shared.anywhere))
    place = f"{BASE}{workflow_id}/"
    assert shared.owner.put(place, {"name": "Mine", **chain(node("x"))}, format="json").status_code == 200
    for path, body in (("versions/1/restore/", {}), ("deploy/", {"version": 1}), ("execute/", {"version": "1"})):
        reply = shared.editor.post(f"{place}{path}", body, format="json")
        assert (reply.status_code, reply.json()["code"]) == REFUSED, path
    after = shared.owner.get(place).json()
    assert ([one["id"] for one in after["nodes"]], after["deployed_version"]) == (["start", "x"], None)
    assert not Execution.objects.exists()
    assert shared.owner.post(f"{place}versions/1/restore/").status_code == 200, "its owner may"
    assert shared.editor.post(f"{place}deploy/", {"version": 1}, format="json").status_code == 200


def test_data_planted_while_a_node_was_away_meets_it_in_no_way(shared: Shared) -> None:
    workflow_id = shared.workflow(computed_by("https://api.example.org", shared.anywhere))
    place = f"{BASE}{workflow_id}/"
    assert shared.owner.post(f"{place}deploy/", {}, format="json").status_code == 200
    assert shared.edits(workflow_id, **chain(set_node("s", base="https://evil.example.net")), pinned_data=PINS) == OK
    for path, body in (
        ("versions/1/restore/", {}),
        ("execute/", {"version": "1", "use_pinned": True}),
        ("execute/", {"version": "deployed", "use_pinned": True}),
        ("partial-execute/", {"node_id": "call", "definition": computed_by("https://api.example.org", shared.anywhere)}),
    ):  # fmt: skip
        reply = shared.editor.post(f"{place}{path}", body, format="json")
        assert (reply.status_code, reply.json()["code"]) == REFUSED, path
    assert not Execution.objects.exists()
    assert shared.edits(workflow_id, pinned_data={}) == OK
    assert shared.editor.post(f"{place}versions/1/restore/").status_code == 200, "without that data it is as it was"
    assert shared.editor.post(f"{place}execute/", {"version": "1"}, format="json").status_code == 202


def ran_elsewhere(shared: Shared, workflow_id: str) -> str:
    """Return a run of a graph that the editor made while the node with the credential was away, and bring it back."""
    evil = chain(set_node("s", base="https://evil.example.net"))
    assert shared.editor.put(f"{BASE}{workflow_id}/", {"name": "Mine", **evil}, format="json").status_code == 200
    run = shared.editor.post(f"{BASE}{workflow_id}/execute/", {"input": {}}, format="json").json()["id"]
    RunState.objects.filter(pk=run).update(status="failed")
    now = timezone.now()
    NodeRun.objects.create(
        execution_id=run, node_id="s", path="", kind="set", status="completed", started_at=now, finished_at=now,
        outputs=PINS["s"],
    )  # fmt: skip
    assert shared.editor.post(f"{BASE}{workflow_id}/versions/1/restore/").status_code == 200
    return str(run)


def test_outputs_of_another_graph_take_no_place_in_a_retry(shared: Shared) -> None:
    workflow_id = shared.workflow(computed_by("https://api.example.org", shared.anywhere))
    run = ran_elsewhere(shared, workflow_id)
    for body in (
        {"version": "current"},
        {"version": "1"},
        {"version": "current", "from": {"node_id": "call", "path": ""}},
    ):
        reply = shared.editor.post(f"/api/orchestrator/executions/{run}/retry/", body, format="json")
        assert (reply.status_code, reply.json()["code"]) == REFUSED, body
    assert Execution.objects.count() == 1
    again = {"version": "current", "from": "start"}
    reply = shared.editor.post(f"/api/orchestrator/executions/{run}/retry/", again, format="json")
    assert reply.status_code == 202, "from its start the graph is the owner's"


def test_outputs_of_another_graph_take_no_place_in_a_partial_run(shared: Shared) -> None:
    workflow_id = shared.workflow(computed_by("https://api.example.org", shared.anywhere))
    ran_elsewhere(shared, workflow_id)
    place = f"{BASE}{workflow_id}/partial-execute/"
    reply = shared.editor.post(place, {"node_id": "call"}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (409, "inputs_unknown")
    assert shared.owner.post(place, {"node_id": "call"}, format="json").status_code == 202, "its owner may"


def test_a_workflow_that_is_called_where_a_request_is_computed_stays_as_it_is(shared: Shared) -> None:
    called = shared.workflow(chain(set_node("s", base="https://api.example.org")))
    caller = chain(
        node("sub", "sub_workflow", {"workflow_id": called}), call("{{ $json.base }}/orders", shared.anywhere)
    )
    assert shared.owner.post(BASE, {"name": "Caller", **caller}, format="json").status_code == 201
    assert shared.edits(called, **chain(set_node("s", base="https://evil.example.net"))) == (403, "workflow_guarded")
    assert shared.edits(called, description="What it is for") == OK
    Workflow.objects.filter(name="Caller").update(is_deleted=True)
    assert shared.edits(called, **chain(set_node("s", base="https://other.example.org"))) == OK


def test_what_a_change_asks_for_does_not_grow_with_the_owner_s_workflows(shared: Shared) -> None:
    called = shared.workflow(chain(set_node("s", a="0")))
    caller = chain(
        set_node("s"), node("sub", "sub_workflow", {"workflow_id": called}),
        call("https://api.example.org/{{ $json.id }}", shared.bounded),
    )  # fmt: skip
    shared.owner.post(BASE, {"name": "Caller", **caller}, format="json")

    def asked(value: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert shared.edits(called, **chain(set_node("s", a=value))) == OK
        return len(queries)

    asked("1")
    before = asked("2")
    for number in range(5):
        made = shared.owner.post(
            BASE, {"name": f"Other {number}", **chain(call("https://api.example.org/{{ $json.id }}", shared.anywhere))},
            format="json",
        )  # fmt: skip
        assert made.status_code == 201
        assert shared.owner.post(f"{BASE}{made.json()['id']}/deploy/", {}, format="json").status_code == 200
    assert asked("3") <= before + 2, "those that do not call it are not read"


@pytest.mark.parametrize("way", ["through another", "in service only", "in capitals"])
def test_callers_are_found_however_they_call(shared: Shared, way: str) -> None:
    called = shared.workflow(chain(set_node("s", base="https://api.example.org")))
    target = called.upper() if way == "in capitals" else called
    if way == "through another":
        between = chain(node("sub", "sub_workflow", {"workflow_id": called}))
        target = shared.owner.post(BASE, {"name": "Between", **between}, format="json").json()["id"]
    nodes = [node("sub", "sub_workflow", {"workflow_id": target}), call("{{ $json.base }}/orders", shared.anywhere)]
    caller = graph(nodes, [edge("start", "sub"), edge("sub", "call", "success")])
    made = shared.owner.post(BASE, {"name": "Caller", **caller}, format="json").json()["id"]
    if way == "in service only":
        assert shared.owner.post(f"{BASE}{called}/deploy/", {}, format="json").status_code == 200
        served = shared.owner.post(f"{BASE}{made}/deploy/", {}, format="json")
        assert served.status_code == 200, served.json()["diagnostics"]
        assert shared.owner.patch(f"{BASE}{made}/", chain(node("x")), format="json").status_code == 200
    assert shared.edits(called, **chain(set_node("s", base="https://evil.example.net"))) == (403, "workflow_guarded")


def test_what_comes_before_a_computed_table_stays_as_it_is(shared: Shared) -> None:
    chosen = node("t", "data_table", {"operation": "list", "table": "{{ $json.table }}"})
    workflow_id = shared.workflow(chain(set_node("s", table="orders"), chosen))
    assert shared.edits(workflow_id, **chain(set_node("s", table="customers"), chosen)) == (403, "table_guarded")
    assert shared.edits(workflow_id, description="As it was") == OK


def test_an_owner_is_told_what_an_editor_could_send_anywhere(shared: Shared) -> None:
    workflow_id = shared.workflow(chain(call("https://api.example.org/", shared.anywhere)))
    place = f"{BASE}{workflow_id}/collaborators/"
    told = shared.owner.post(place, {"email": "new@example.org", "role": "editor"}, format="json").json()["warnings"]
    assert [(one["code"], one["credential_ids"]) for one in told] == [("unbound_credentials", [shared.anywhere])]
    listed = {one["email"]: one for one in shared.owner.get(place).json()["results"]}
    assert listed["new@example.org"]["warnings"] == told
    one = f"{place}{listed['new@example.org']['id']}/"
    assert shared.owner.patch(one, {"role": "runner"}, format="json").json()["warnings"] == []
    assert shared.owner.patch(one, {"role": "editor"}, format="json").json()["warnings"] == told
    bounded = shared.workflow({**chain(call("https://api.example.org/", shared.bounded)), "name": "Bounded"})
    assert shared.owner.get(f"{BASE}{bounded}/collaborators/").json()["results"][0]["warnings"] == []


def test_an_editor_uses_no_table_of_the_account_that_was_not_used_before(shared: Shared) -> None:
    def uses(name: str) -> dict[str, Any]:
        return chain(node("t", "data_table", {"operation": "list", "table": name}))

    workflow_id = shared.workflow(uses("orders"))
    body = {"name": "own", "workflow_id": workflow_id, "columns": [{"name": "a", "type": "text"}]}
    assert shared.owner.post("/api/data-tables/", body, format="json").status_code == 201
    assert shared.edits(workflow_id, **uses("customers")) == (403, "table_guarded")
    assert shared.edits(workflow_id, **uses("{{ $json.table }}")) == (403, "table_guarded")
    assert shared.edits(workflow_id, **uses("orders"), description="As it was") == OK
    assert shared.edits(workflow_id, **uses("own")) == OK


def lists(table: str) -> dict[str, Any]:
    return chain(node("t", "data_table", {"operation": "list", "table": table}))


@pytest.mark.parametrize("way", ["renamed", "deleted", "named by the owner"])
def test_a_name_that_meant_a_table_of_the_workflow_never_comes_to_mean_a_shared_one(shared: Shared, way: str) -> None:
    workflow_id = shared.workflow(lists("customers" if way == "named by the owner" else "orders"))
    account = tables.create(owner_id=shared.owner_user.pk, name="customers", columns=[{"name": "a", "type": "text"}])
    body = {"name": "customers", "workflow_id": workflow_id, "columns": [{"name": "a", "type": "text"}]}
    made = shared.editor.post("/api/data-tables/", body, format="json")
    assert made.status_code == 201
    place = f"/api/data-tables/{made.json()['id']}/"
    if way != "named by the owner":
        assert shared.edits(workflow_id, **lists("customers")) == OK
        own = shared.owner.patch(f"{BASE}{workflow_id}/", {"description": "Read it"}, format="json")
        assert own.status_code == 200, "that the owner saves something does not make the name his"
    if way == "deleted":
        assert shared.owner.delete(place).status_code == 204
    else:
        assert shared.editor.patch(place, {"name": "other"}, format="json").status_code == 200

    def of_run(name: str) -> DataTable:
        return tables.of_run(shared.owner_user.pk, UUID(workflow_id), name)

    with pytest.raises(TableMissing):
        of_run("customers")
    assert of_run(str(account.pk)) == account, "its id says which it is"
    assert tables.of_run(shared.owner_user.pk, uuid4(), "customers") == account, "in other workflows it is as it was"
    if way != "deleted":
        assert shared.editor.patch(place, {"name": "customers"}, format="json").status_code == 200
        assert str(of_run("customers").pk) == made.json()["id"]


def test_the_id_of_a_shared_table_is_no_name_of_another(shared: Shared) -> None:
    workflow_id = shared.workflow(lists("orders"))
    account = tables.create(owner_id=shared.owner_user.pk, name="customers", columns=[{"name": "a", "type": "text"}])
    for name in (str(account.pk), account.pk.hex.upper(), f"{{{account.pk}}}", account.pk.urn):
        body = {"name": name, "workflow_id": workflow_id, "columns": [{"name": "a", "type": "text"}]}
        refused = shared.editor.post("/api/data-tables/", body, format="json")
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_table_name")
    made = shared.editor.post("/api/data-tables/", {**body, "name": "own"}, format="json").json()["id"]
    renamed = shared.editor.patch(f"/api/data-tables/{made}/", {"name": str(account.pk)}, format="json")
    assert (renamed.status_code, renamed.json()["code"]) == (400, "invalid_table_name")
    DataTable.objects.filter(pk=made).update(name=str(account.pk))  # as one of an earlier release may be
    assert shared.edits(workflow_id, **lists(str(account.pk))) == (403, "table_guarded")
    assert str(tables.of_run(shared.owner_user.pk, UUID(workflow_id), str(account.pk)).pk) == made
    assert shared.edits(workflow_id, **lists(made)) == OK


def test_an_editor_calls_no_workflow_that_he_may_not_run(shared: Shared) -> None:
    private = shared.owner.post(BASE, {"name": "Private", **chain(node("x"))}, format="json").json()["id"]
    workflow_id = shared.workflow(chain(node("x")))
    calls = chain(node("sub", "sub_workflow", {"workflow_id": private}))
    assert shared.edits(workflow_id, **calls) == (403, "workflow_guarded")
    assert shared.edits(workflow_id, settings={"error_workflow_id": private}) == (403, "workflow_guarded")
    own = shared.editor.post(BASE, {"name": "Own", **chain(node("x"))}, format="json").json()["id"]
    assert shared.edits(workflow_id, settings={"error_workflow_id": own}) == (403, "workflow_guarded"), (
        "not the owner's"
    )
    assert shared.owner.patch(f"{BASE}{workflow_id}/", calls, format="json").status_code == 200
    assert shared.edits(workflow_id, **calls, description="As it was") == OK


# -- MCP servers -----------------------------------------------------------------------------------------------------
def asks(kind: str, server: str, name: str = "m", **params: Any) -> dict[str, Any]:
    return node(name, kind, {"server_id": server, **({"tool": "echo"} if kind == "mcp_tool" else {}), **params})


def served(owner: User, name: str = "s", scope: str = "user") -> str:
    made = McpServer.objects.create(
        owner_id=owner.pk, name=name, scope=scope, transport="sse", url="https://mcp.example.org/sse"
    )
    return str(made.pk)


@pytest.mark.parametrize("kind", ["mcp_tool", "mcp_tools"])
def test_an_editor_brings_no_mcp_server_of_the_owners_and_may_call_one_differently_where_it_is(
    shared: Shared, kind: str
) -> None:
    refused = (403, "mcp_server_guarded")
    own, second = served(shared.owner_user), served(shared.owner_user, "t")
    system, editors = served(shared.owner_user, "sys", "system"), served(shared.editor_user)
    there = asks(kind, own)
    workflow_id = shared.workflow(graph([there, set_node("s", a="1")], []))

    for bad in (second, second.upper(), f" {second} ", "{{ $json.server }}"):
        assert shared.edits(workflow_id, **graph([there, asks(kind, bad, "n")], [])) == refused, bad
        assert shared.edits(workflow_id, **graph([asks(kind, bad)], [])) == refused, bad
    assert shared.edits(workflow_id, **graph([there, asks(kind, own, "n")], [])) == refused, "in no other node"
    other = {"tools": ["write"]} if kind == "mcp_tools" else {"tool": "write"}
    assert shared.edits(workflow_id, **graph([asks(kind, own, **other)], [])) == OK
    for good in (system, editors):
        assert shared.edits(workflow_id, **graph([asks(kind, good, "n")], [])) == OK
    assert shared.edits(workflow_id, **graph([there], [])) == OK, "as its owner left it, it comes back"


def test_what_comes_before_a_computed_mcp_server_stays_as_it_is(shared: Shared) -> None:
    chosen = asks("mcp_tool", "{{ $json.server }}")
    workflow_id = shared.workflow(chain(set_node("s", server=served(shared.owner_user)), chosen))
    changed = chain(set_node("s", server=served(shared.owner_user, "t")), chosen)

    assert shared.edits(workflow_id, **changed) == (403, "mcp_server_guarded")


# -- documents -------------------------------------------------------------------------------------------------------
def searches(name: str = "k", kind: str = "knowledge_search", **params: Any) -> dict[str, Any]:
    return node(name, kind, {**({} if kind == "knowledge_tool" else {"query": "x"}), **params})


def test_an_editor_searches_no_documents_of_the_owners_that_were_not_searched_there(shared: Shared) -> None:
    refused = (403, "documents_guarded")
    there = searches(tags=["public"])
    workflow_id = shared.workflow(graph([there], []))

    for bad in (
        searches(), searches(tags=["public", "secret"]), searches(level="file", document_id=str(uuid4())),
        searches(level="{{ $json.level }}"), searches(tags=["{{ $json.tag }}"]),
    ):  # fmt: skip
        assert shared.edits(workflow_id, **graph([bad], [])) == refused, bad["data"]["params"]
    for kind in ("knowledge_search", "knowledge_answer", "knowledge_tool"):
        more = {"question": "x"} if kind == "knowledge_answer" else {}
        added = node("n", kind, {**more, **({"query": "x"} if kind == "knowledge_search" else {})})
        assert shared.edits(workflow_id, **graph([there, added], [])) == refused, kind
    adds = node("n", "document_add", {"name": "x"})
    assert shared.edits(workflow_id, **graph([there, adds], [])) == refused, "nor does he add to them"
    assert shared.edits(workflow_id, **graph([searches(tags=["public"], query="y", top_k=9)], [])) == OK
    assert shared.edits(workflow_id, **graph([there, searches("n", level="platform")], [])) == OK, (
        "they are everybody's"
    )


def test_what_comes_before_computed_documents_stays_as_it_is(shared: Shared) -> None:
    chosen = searches(level="file", document_id="{{ $json.id }}")
    workflow_id = shared.workflow(chain(set_node("s", id="1"), chosen))

    assert shared.edits(workflow_id, **chain(set_node("s", id="2"), chosen)) == (403, "documents_guarded")
