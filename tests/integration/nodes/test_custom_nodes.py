"""Custom nodes from the post of a class to runs with it: checked, tried, versioned, reviewed, used by others."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from core.models import User
from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from nodes.models import CustomNode, CustomNodeVersion
from tests.builders import chain, edge, graph, node, set_node
from tests.conftest import Peer
from tests.integration.executor.running import check_events, finished, until

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/nodes/custom/"
SHOUT = '''
class Shout(CustomNode):
    """Makes texts loud."""
    node_type = "shout"
    name = "Shout"
    category = "transform"
    params = {"suffix": "!"}
    tests = [{"name": "loud", "items": [{"text": "hey"}], "expected": [{"text": "HEY!"}]}]

    def run(self, item, params):
        if not isinstance(item["json"].get("text"), str):
            raise ValueError("there is no text")
        print("shouting")
        return {**item["json"], "text": item["json"]["text"].upper() + params["suffix"]}
'''


@pytest.fixture
def staff(make_user: Any, as_user: Any) -> APIClient:
    user = make_user(is_staff=True)
    return as_user(user)  # type: ignore[no-any-return]


@pytest.fixture
def real(db: None) -> Any:
    """An engine as workers have it."""
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def made(api: APIClient, code: str = SHOUT, **fields: Any) -> dict[str, Any]:
    reply = api.post(URL, {"code": code, **fields}, format="json")
    assert reply.status_code == 201, reply.json()
    return dict(reply.json())


def executed(api: APIClient, real: EngineThread, document: dict[str, Any], value: Any) -> Any:
    workflow = api.post("/api/orchestrator/workflows/", {"name": f"w {uuid4()}", **document}, format="json").json()
    reply = api.post(f"/api/orchestrator/workflows/{workflow['id']}/execute/", {"input": value}, format="json")
    assert reply.status_code == 202, reply.json()
    real.ring(reply.json()["id"])
    return finished(reply.json()["id"])


def shout(**params: Any) -> dict[str, Any]:
    return node("loud", "shout", params)


# -- saving ------------------------------------------------------------------------------------------------------------
def test_a_class_becomes_a_node_type(api: APIClient, other_api: APIClient) -> None:
    before = api.get("/api/nodes/")["ETag"]
    custom = made(api)

    assert (custom["node_type"], custom["name"], custom["category"], custom["status"], custom["version"]) == (
        "shout", "Shout", "transform", "draft", 1,
    )  # fmt: skip
    assert (custom["is_validated"], custom["description"]) == (True, "Makes texts loud.")
    assert custom["test_report"] == [{"name": "loud", "passed": True, "message": "", "line": None}]
    assert [(field["name"], field["type"], field["default"]) for field in custom["fields"]] == [
        ("suffix", "string", "!")
    ]
    listed = api.get("/api/nodes/")
    entry = next(entry for entry in listed.json()["results"] if entry["kind"] == "shout")
    assert (entry["is_custom"], entry["label"], entry["params_schema"]["additionalProperties"]) == (
        True,
        "Shout",
        False,
    )
    assert listed["ETag"] != before
    assert api.get("/api/nodes/shout/schema/").json()["version"] == 1
    assert other_api.get("/api/nodes/shout/schema/").json()["code"] == "unknown_node_type"
    assert other_api.get("/api/nodes/")["ETag"] == before


@pytest.mark.parametrize("bad", ["import os", "open('/etc/passwd')", "().__class__.__bases__"])
def test_offences_are_listed_and_nothing_runs(api: APIClient, bad: str) -> None:
    marker = SHOUT + f"\n{bad}\nraise SystemExit\nimport socket\n"
    reply = api.post(URL, {"code": marker}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (400, "custom_node_rejected")
    lines = [(offence["line"], offence["rule"]) for offence in reply.json()["offences"]]
    assert lines[-1] == (SHOUT.count("\n") + 4, "import")
    assert len(lines) == 2
    assert not CustomNode.objects.exists()


@pytest.mark.parametrize(
    "code",
    [
        "x = 1",
        "class A:\n    name = 'A'\n    category = 'c'\n    def run(self, item): ...",
        SHOUT.replace('"shout"', "make()"),
    ],
)
def test_what_must_be_declared(api: APIClient, code: str) -> None:
    reply = api.post(URL, {"code": code}, format="json")
    assert (reply.status_code, reply.json()["code"], CustomNode.objects.count()) == (400, "validation_error", 0)


def test_names_are_taken_once(api: APIClient, other_api: APIClient) -> None:
    made(api)
    assert api.post(URL, {"code": SHOUT}, format="json").json()["code"] == "name_taken"
    assert api.post(URL, {"code": SHOUT.replace('"shout"', '"set"')}, format="json").json()["code"] == "name_taken"
    assert made(other_api)["node_type"] == "shout", "two users may have one each"


def test_tests_that_fail_keep_a_node_out_of_workflows(api: APIClient) -> None:
    custom = made(api, SHOUT.replace("HEY!", "HEY?").replace('params["suffix"]', "missing"))
    assert (custom["is_validated"], custom["test_report"][0]["passed"]) == (False, False)
    assert custom["test_report"][0]["line"] == 14
    diagnostics = api.post("/api/compile/validate/", chain(shout()), format="json").json()["diagnostics"]
    assert [found["code"] for found in diagnostics] == ["unknown_node_type"]
    assert api.post(f"{URL}{custom['id']}/submit/").status_code == 400


@pytest.mark.parametrize("hostile", ["while True: pass", "x = 'a' * 10**10", "1/0"])
def test_a_class_that_breaks_when_made_is_not_validated(api: APIClient, hostile: str) -> None:
    custom = made(
        api, SHOUT.replace("class Shout", f"{hostile}\nclass Shout").replace("params =", "timeout_s = 1\n    params =")
    )
    assert custom["is_validated"] is False


def test_tests_get_no_more_time_than_there_is(api: APIClient, monkeypatch: Any) -> None:
    monkeypatch.setattr("executor.sandbox.trial.TOTAL_S", 2.0)
    cases = ", ".join(['{"items": [{"text": "a"}], "expected": []}'] * 4)
    code = re.sub("tests = .*", f"tests = [{cases}]", SHOUT).replace('print("shouting")', "while True: pass")
    custom = made(api, code)
    assert custom["is_validated"] is False
    assert {line["message"] for line in custom["test_report"]} >= {"There was no time left for it"}


def test_without_a_jail_nothing_is_stored(api: APIClient, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("executor.sandbox.pool.weakness_of", _weak)
    reply = api.post(URL, {"code": SHOUT}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (503, "code_sandbox_unavailable")
    assert not CustomNode.objects.exists()


async def _weak(parent: Any) -> str:
    return "a wall is gone"


def test_the_example_of_the_docs_works(api: APIClient, real: EngineThread, settings: Any) -> None:
    page = (settings.BASE_DIR / "docs" / "custom-nodes.md").read_text()
    custom = made(api, page.split("```python\n", 1)[1].split("```", 1)[0])
    assert (custom["is_validated"], [line["passed"] for line in custom["test_report"]]) == (True, [True])
    document = graph([node("d", "days_left", {"unit": "weeks"}), set_node("z", left="{{ $json.left }}")],
                     [edge("start", "d"), edge("d", "z")])  # fmt: skip
    execution = executed(api, real, document, [{"due": "2999-01-01"}, {"due": "1999-01-01"}])
    assert execution.output[0]["json"]["left"] > 40_000
    row = NodeRun.objects.get(execution_id=execution.pk, node_id="d")
    assert {handle: len(items) for handle, items in row.outputs.items()} == {"main": 1, "late": 1}


# -- running -----------------------------------------------------------------------------------------------------------
def test_a_run_with_expressions_pairs_and_failing_items(api: APIClient, real: EngineThread) -> None:
    made(api)
    document = graph(
        [shout(suffix="{{ $json.mark }}"), set_node("good", t="{{ $json.text }}"), set_node("bad", why="{{ $json.error.message }}")],
        [edge("start", "loud"), edge("loud", "good"), edge("loud", "bad", "error")],
    )  # fmt: skip
    execution = executed(
        api, real, document, [{"text": "a", "mark": "?"}, {"n": 1, "mark": "x"}, {"text": "b", "mark": "."}]
    )

    assert execution.state.status == "completed", execution.error
    row = NodeRun.objects.get(execution_id=execution.pk, node_id="loud")
    assert [(item["json"]["text"], item["pairedItem"]) for item in row.outputs["main"]] == [
        ("A?", {"item": 0}),
        ("B.", {"item": 2}),
    ]
    assert row.outputs["error"][0]["json"]["error"]["message"] == "ValueError: there is no text (line 12)"
    assert row.logs == ["shouting", "shouting"]
    check_events(execution)


SPLIT = """
from collections import defaultdict

class Split:
    node_type = "parity"
    name, category = "Parity", "flow"
    node_type = "parity"
    name = "Parity"
    category = "My own"
    per_item = False
    outputs = ["odd", {"name": "even", "label": "Even ones"}]
    fields = [{"name": "key", "required": True}, {"name": "mode", "type": "select", "options": ["keep", "drop"], "default": "keep"}]

    async def execute(self, items, config):
        found = defaultdict(list)
        for item in items:
            found["odd" if item["json"][config["key"]] % 2 else "even"].append(item)
        return dict(found)
"""


def test_several_outputs_and_all_items_at_once(api: APIClient, real: EngineThread) -> None:
    made(api, SPLIT)
    document = graph(
        [node("p", "parity", {"key": "n"}), set_node("odd", sum="{{ $input.all().length }}"), set_node("even", x="{{ $json.n }}")],
        [edge("start", "p"), edge("p", "odd", "odd"), edge("p", "even", "even")],
    )  # fmt: skip
    execution = executed(api, real, document, [{"n": 1}, {"n": 2}, {"n": 3}])
    row = NodeRun.objects.get(execution_id=execution.pk, node_id="p")
    assert {handle: [item["json"]["n"] for item in items] for handle, items in row.outputs.items()} == {
        "odd": [1, 3],
        "even": [2],
    }
    found = api.post(
        "/api/compile/validate/", chain(node("p", "parity", {"mode": "x", "extra": 1})), format="json"
    ).json()
    assert {(one["code"], one["field"]) for one in found["diagnostics"] if one["severity"] == "error"} >= {
        ("missing_config", "params.key"), ("invalid_config", "params.mode"), ("invalid_config", "params.extra"),
    }  # fmt: skip
    assert "My own" in {entry["slug"] for entry in api.get("/api/nodes/categories/").json()["results"]}


def test_it_runs_in_the_jail(api: APIClient, real: EngineThread) -> None:
    """What the check of the text lets through, the kernel refuses: this is the interpreter's own `open`."""
    sly = SHOUT.replace('print("shouting")', "import io; io.open('/etc/passwd')")
    custom = made(api, sly.replace("tests =", "unused ="))
    assert custom["is_validated"] is True, "the check is advice"
    execution = executed(api, real, chain(shout()), {"text": "a"})
    assert execution.error["code"] == "sandbox_violation"
    assert "Operation not permitted: '/etc/passwd'" in execution.error["message"]


def test_on_another_queue(api: APIClient, real: EngineThread) -> None:
    made(api)
    document = chain(node("loud", "shout", {}, settings={"queue": "nodes"}))
    execution = executed(api, real, document, {"text": "far"})
    assert execution.output == [{"json": {"text": "FAR!"}, "pairedItem": {"item": 0}}]


def test_many_items_keep_their_order(api: APIClient, real: EngineThread) -> None:
    made(api, SHOUT)
    execution = executed(api, real, chain(shout()), [{"text": str(at)} for at in range(60)])
    assert [item["json"]["text"] for item in execution.output] == [f"{at}!" for at in range(60)]


# -- versions and review -----------------------------------------------------------------------------------------------
def test_stored_workflows_keep_their_version(api: APIClient, real: EngineThread) -> None:
    custom = made(api)
    louder = SHOUT.replace("HEY!", "HEY!!").replace('+ params["suffix"]', '+ params["suffix"] * 2')
    changed = api.patch(f"{URL}{custom['id']}", {"code": louder}, format="json").json()
    assert (changed["version"], changed["status"], changed["is_validated"]) == (2, "draft", True)
    document = chain(shout(), node("new", "shout", {}, version=2))
    execution = executed(api, real, document, {"text": "a"})
    assert execution.output[0]["json"]["text"] == "A!!!"
    assert api.get("/api/nodes/shout/schema/").json()["version"] == 2
    other = SHOUT.replace('"shout"', '"whisper"')
    assert api.patch(f"{URL}{custom['id']}", {"code": other}, format="json").status_code == 400
    assert api.patch(f"{URL}{custom['id']}", {"description": "New"}, format="json").json()["version"] == 2
    assert (
        api.patch(f"{URL}{custom['id']}", {"code": "import os"}, format="json").json()["code"] == "custom_node_rejected"
    )
    assert CustomNodeVersion.objects.count() == 2


def test_others_use_what_staff_approved(
    api: APIClient, other_api: APIClient, staff: APIClient, real: EngineThread
) -> None:
    custom = made(api, is_public=True)
    url = f"{URL}{custom['id']}"
    assert other_api.get(url).status_code == 404
    assert api.post(f"{url}/review/", {"decision": "approve"}, format="json").status_code == 403
    assert staff.post(f"{url}/review/", {"decision": "approve"}, format="json").json()["code"] == "illegal_transition"
    assert api.post(f"{url}/submit/").json()["status"] == "pending"
    assert api.post(f"{url}/submit/").json()["code"] == "illegal_transition"
    assert [row["id"] for row in staff.get(URL, {"all": "true", "status": "pending"}).json()["results"]] == [
        custom["id"]
    ]
    assert other_api.get(URL, {"all": "true"}).json()["count"] == 0
    assert staff.post(f"{url}/review/", {"decision": "reject"}, format="json").status_code == 400
    rejected = staff.post(f"{url}/review/", {"decision": "reject", "reason": "too loud"}, format="json").json()
    assert (rejected["status"], rejected["reject_reason"]) == ("rejected", "too loud")
    api.post(f"{url}/submit/")
    assert staff.post(f"{url}/review/", {"decision": "approve"}, format="json").json()["status"] == "approved"

    assert executed(other_api, real, chain(shout()), {"text": "a"}).output[0]["json"]["text"] == "A!"
    api.patch(url, {"code": SHOUT.replace("upper", "lower").replace("HEY!", "hey!")}, format="json")
    assert other_api.get("/api/nodes/shout/schema/").json()["version"] == 1, "the new version waits for its review"
    assert other_api.get(url).status_code == 404, "code stays its owner's"
    assert other_api.post(URL, {"code": SHOUT}, format="json").json()["code"] == "name_taken"
    api.patch(url, {"is_public": False}, format="json")
    assert other_api.get("/api/nodes/shout/schema/").status_code == 404


def test_what_is_deleted_is_gone_but_for_what_runs(
    api: APIClient, real: EngineThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("executor.waits.turns.IN_MEMORY_S", 0)  # nobody holds the run while it waits
    custom = made(api)
    document = chain(node("w", "wait", {"mode": "duration", "seconds": 2}), shout())
    workflow = api.post("/api/orchestrator/workflows/", {"name": "long", **document}, format="json").json()
    execute = f"/api/orchestrator/workflows/{workflow['id']}/execute/"
    started = api.post(execute, {"input": {"text": "a"}}, format="json").json()
    real.ring(started["id"])
    until(UUID(started["id"]), {"waiting"})
    assert api.delete(f"{URL}{custom['id']}").status_code == 204
    assert api.get(f"{URL}{custom['id']}").status_code == 404
    assert api.post(execute, {"input": {}}, format="json").json()["code"] == "compilation_failed"
    execution = finished(started["id"], 25)
    assert (execution.state.status, execution.output[0]["json"]["text"]) == ("completed", "A!")
    assert made(api)["version"] == 2, "the deleted one may still run somewhere"


def test_another_users_own_node_never_runs_for_me(
    api: APIClient, other_api: APIClient, user: User, real: EngineThread, peer: Peer
) -> None:
    made(other_api)
    found = api.post("/api/compile/validate/", chain(shout()), format="json").json()
    assert [one["code"] for one in found["diagnostics"]] == ["unknown_node_type"]
    made(api, SHOUT.replace("upper", "title").replace("HEY!", "Hey!"))
    assert executed(api, real, chain(shout()), {"text": "abc"}).output[0]["json"]["text"] == "Abc!"
    assert executed(other_api, real, chain(shout()), {"text": "abc"}).output[0]["json"]["text"] == "ABC!"


def test_a_kind_never_changes_its_meaning(
    api: APIClient, other_api: APIClient, staff: APIClient, real: EngineThread
) -> None:
    """Who had a node of his own keeps that meaning; what was approved keeps its kind from others, even withdrawn."""
    mine = made(other_api, SHOUT.replace("upper", "title").replace("HEY!", "Hey!"))
    custom = made(api, is_public=True)
    url = f"{URL}{custom['id']}"
    api.post(f"{url}/submit/")
    assert staff.post(f"{url}/review/", {"decision": "approve"}, format="json").json()["status"] == "approved"
    assert executed(other_api, real, chain(shout()), {"text": "abc"}).output[0]["json"]["text"] == "Abc!"
    assert executed(staff, real, chain(shout()), {"text": "abc"}).output[0]["json"]["text"] == "ABC!"
    other_api.post(f"{URL}{mine['id']}/submit/")
    reply = staff.post(f"{URL}{mine['id']}/review/", {"decision": "approve"}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (409, "name_taken")

    other_api.delete(f"{URL}{mine['id']}")
    assert other_api.get("/api/nodes/shout/schema/").status_code == 404, (
        "a stored workflow must not mean another node now"
    )
    api.patch(url, {"is_public": False}, format="json")
    assert staff.get("/api/nodes/shout/schema/").status_code == 404
    assert staff.post(URL, {"code": SHOUT}, format="json").json()["code"] == "name_taken"
