"""HTTP in, workers, streams out: the whole stack, with processes that are killed."""

from __future__ import annotations

import concurrent.futures
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.builders import chain, node, set_node
from tests.conftest import Stack
from tests.e2e.journeys.asking import BASE, deploy, execute, make

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def read_stream(client: httpx.Client, execution: str, **options: Any) -> list[dict[str, Any]]:
    with client.stream("GET", f"/api/streaming/executions/{execution}/stream/", **options) as stream:
        stream.raise_for_status()
        return [json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: ")]


def slow_graph(stack: Stack, seconds: float = 1.0) -> dict[str, Any]:
    """A run whose last node waits for a slow peer."""
    stack.peer.delay_s = seconds
    stack.peer.answer("/slow", (200, {}, b"at last"))
    return chain(
        *(set_node(f"h{at}", x=at) for at in range(3)), node("slow", "http_request", {"url": f"{stack.peer.url}/slow"})
    )


CHOSEN_BY_WHO_IMPORTS = {"missing_credential", "subworkflow_missing"}


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.json")))
def test_the_examples_compile_without_warnings(stack: Stack, name: str) -> None:
    client = stack.client()
    document = json.loads((EXAMPLES / f"{name}.json").read_text())

    compiled = client.post("/api/compile/validate/", json=document)

    assert compiled.status_code == 200, compiled.text
    assert {one["code"] for one in compiled.json()["diagnostics"]} <= CHOSEN_BY_WHO_IMPORTS


def example(client: httpx.Client, name: str) -> str:
    document = json.loads((EXAMPLES / f"{name}.json").read_text())
    return str(client.post(f"{BASE}/workflows/", json=document).raise_for_status().json()["id"])


def test_the_welcome_example(stack: Stack) -> None:
    client = stack.client()

    done = execute(client, example(client, "welcome"))

    assert done["status"] == "completed"
    assert [item["json"] for item in done["output"]] == [
        {"shipping": "van", "total": 253.5, "items": ["lamp", "desk"]}, {"shipping": "post", "total": 2.4, "items": ["pen"]},
    ]  # fmt: skip
    assert done["progress"] == {"done": 8, "total": 8}
    assert done["warnings"] == []


def test_the_invoice_example(stack: Stack) -> None:
    client = stack.client()
    xml = '<invoice number="7"><line quantity="2">10.5</line><line quantity="1">4</line></invoice>'

    done = execute(client, example(client, "invoice_from_xml"), {"xml": xml})

    assert done["output"][0]["json"] == {
        "invoice": "7", "total": 25, "lines": 2, "fingerprint": hashlib.sha256(b"7:25").hexdigest(),
    }  # fmt: skip


def test_the_contacts_example(stack: Stack) -> None:
    client = stack.client()
    contacts = [
        {"name": "zoe BROWN", "email": " Zoe@Example.org ", "tags": ["customer"]},
        {"name": "al green", "email": "al@example.org", "tags": []},
        {"name": "zoe brown", "email": "zoe@example.org", "tags": ["partner"]},
        {"name": "nobody", "email": "no address", "tags": []},
    ]

    done = execute(client, example(client, "contacts_clean_up"), contacts)

    assert done["output"][0]["json"]["csv"] == (
        "list,name,email\nothers,Al Green,al@example.org\ncustomers,Zoe Brown,zoe@example.org\n"
    )


def test_the_page_watch_example(stack: Stack) -> None:
    client = stack.client()

    done = execute(client, example(client, "page_watch"), {"url": f"{stack.directory}/customers/C1001", "limit": 10})

    assert done["status"] == "completed", done["error"]
    runs = client.get(f"{BASE}/executions/{done['id']}/").json()["node_runs"]
    assert next(run for run in runs if run["node_id"] == "read")["outputs"]["main"][0]["json"]["prices"] == []


def test_the_order_report_example(stack: Stack) -> None:
    client = stack.client()
    url = deploy(client, example(client, "orders_report"))
    orders = (EXAMPLES / "orders.csv").read_bytes()

    reply = httpx.post(
        url, content=orders, headers={"Content-Type": "text/csv"}, params={"directory": stack.directory}, timeout=70
    )

    assert reply.status_code == 200, reply.text
    report = reply.json()
    assert len(report["customers"]) == 40
    assert sum(row["orders"] for row in report["customers"]) + len(report["rejected"]) == 2200
    assert len(report["rejected"]) == 43
    assert report["customers"][0]["revenue"] == max(row["revenue"] for row in report["customers"])
    assert all(row["reason"] for row in report["rejected"])


def test_a_start_answers_at_once_and_is_followed_to_its_end(stack: Stack) -> None:
    client = stack.client()
    workflow = make(client, chain(*(set_node(f"n{at}", **{f"x{at}": at}) for at in range(5))))

    started = client.post(f"{BASE}/workflows/{workflow}/execute/", json={"input": {"n": 1}})

    assert started.status_code == 202
    assert started.headers["Location"] == f"/api/orchestrator/executions/{started.json()['id']}/"
    events = read_stream(client, started.json()["id"])
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "execution.queued"
    assert events[-1]["type"] == "execution.completed"
    assert events[-1]["data"]["output"][0]["json"]["x4"] == 4
    assert read_stream(client, started.json()["id"]) == events


def test_a_stream_goes_on_where_it_was_left_and_ends_for_good(stack: Stack) -> None:
    client = stack.client()
    done = execute(client, make(client, chain(set_node("a", x=1), set_node("b", y=2))))
    path = f"/api/streaming/executions/{done['id']}/stream/"
    last = done["last_sequence"]

    rest = read_stream(client, done["id"], headers={"Last-Event-ID": "4"})
    only = read_stream(client, done["id"], params={"types": "node.*"})
    over = client.get(path, headers={"Last-Event-ID": str(last)})
    page = client.get(
        f"/api/streaming/executions/{done['id']}/events/", params={"after_sequence": 2, "limit": 3}
    ).json()

    assert [event["seq"] for event in rest] == list(range(5, last + 1))
    assert {event["type"].split(".")[0] for event in only} == {"node"}
    assert over.status_code == 204
    assert [event["seq"] for event in page["results"]] == [3, 4, 5]
    assert page["has_more"] is True
    assert page["last_sequence"] == last


def test_tickets_open_one_stream_and_keys_in_the_query_open_none(stack: Stack) -> None:
    client = stack.client()
    done = execute(client, make(client, chain(node("a"))))
    other = execute(client, make(client, chain(node("a"))))
    ticket = client.post("/api/streaming/tickets/", json={"kind": "execution", "execution_id": done["id"]}).json()[
        "ticket"
    ]
    bare = stack.bare()

    right = read_stream(bare, done["id"], params={"ticket": ticket})
    wrong = bare.get(f"/api/streaming/executions/{other['id']}/stream/", params={"ticket": ticket})
    key = bare.get(f"/api/streaming/executions/{done['id']}/stream/", params={"api_key": client.headers["X-API-Key"]})
    foreign = stack.client().post("/api/streaming/tickets/", json={"kind": "execution", "execution_id": done["id"]})

    assert right[-1]["type"] == "execution.completed"
    assert (wrong.status_code, wrong.json()["code"]) == (401, "ticket_invalid")
    assert key.status_code == 401
    assert foreign.status_code == 404


def test_the_web_socket_gives_state_events_and_pong(stack: Stack) -> None:
    client = stack.client()
    done = execute(client, make(client, chain(set_node("a", x=1))))
    url = f"{stack.base_url.replace('http', 'ws')}/ws/execution/{done['id']}/"

    with connect(url, additional_headers={"X-API-Key": client.headers["X-API-Key"]}) as socket:
        assert json.loads(socket.recv())["type"] == "connected"
        state = json.loads(socket.recv())
        assert (state["type"], state["execution"]["status"]) == ("state", "completed")
        socket.send(json.dumps({"type": "ping", "ref": "r1"}))
        assert json.loads(socket.recv()) == {"type": "pong", "ref": "r1"}
        socket.send(json.dumps({"type": "subscribe", "types": ["execution.*"], "after_sequence": 0, "ref": "r2"}))
        assert json.loads(socket.recv())["type"] == "ack"
        seen = [json.loads(socket.recv())["event"]["type"] for _ in range(3)]
        assert seen == ["execution.queued", "execution.started", "execution.completed"]
    with connect(url) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_a_person_answers_over_the_web_socket_of_tasks(stack: Stack) -> None:
    client = stack.client()
    workflow = make(client, chain(node("ask", "human_task", {"title": "Pay?"})))
    url = f"{stack.base_url.replace('http', 'ws')}/ws/hitl/"

    with connect(url, additional_headers={"X-API-Key": client.headers["X-API-Key"]}) as socket:
        assert json.loads(socket.recv())["type"] == "connected"
        assert json.loads(socket.recv()) == {"type": "pending_requests", "results": []}
        started = client.post(f"{BASE}/workflows/{workflow}/execute/", json={}).json()
        asked = json.loads(socket.recv(10))
        assert (asked["type"], asked["task"]["title"]) == ("new_request", "Pay?")
        task = asked["task"]["id"]
        socket.send(json.dumps({"type": "respond", "human_task_id": task, "action": "dance", "ref": "a"}))
        wrong = json.loads(socket.recv(10))
        assert (wrong["type"], wrong["ref"], wrong["problem"]["code"]) == ("error", "a", "validation_error")
        socket.send(json.dumps({"type": "respond", "human_task_id": task, "action": "approve", "ref": "b"}))
        told = [json.loads(socket.recv(10)) for _ in range(2)]
        assert {"type": "ack", "ref": "b", "human_task_id": task, "status": "approved"} in told
        assert {"type": "request_closed", "human_task_id": task, "status": "approved"} in told
    ended = client.get(f"{BASE}/executions/{started['id']}/status/?wait_s=10").json()
    while ended["status"] not in ("completed", "failed"):
        ended = client.get(f"{BASE}/executions/{started['id']}/status/?wait_s=10").json()
    assert ended["status"] == "completed"
    with connect(url) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_a_stop_reaches_a_run_in_another_process_within_a_second(stack: Stack) -> None:
    client = stack.client()
    workflow = make(client, slow_graph(stack, 20))
    started = client.post(f"{BASE}/workflows/{workflow}/execute/", json={}).json()
    wait_for(client, started["id"], {"running"})

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        begin = time.monotonic()
        codes = sorted(
            pool.map(lambda _: client.post(f"{BASE}/executions/{started['id']}/stop/", json={}).status_code, range(2))
        )
        stopped = wait_for(client, started["id"], {"cancelled", "completed"})

    assert codes == [200, 202]
    assert stopped["status"] == "cancelled"
    assert time.monotonic() - begin < 10
    assert client.post(f"{BASE}/executions/{started['id']}/stop/", json={}).status_code == 200


def wait_for(client: httpx.Client, execution: str, wanted: set[str], limit_s: float = 60) -> dict[str, Any]:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        status = dict(client.get(f"{BASE}/executions/{execution}/status/").json())
        if status["status"] in wanted:
            return status
        time.sleep(0.02)
    raise AssertionError(f"the run is {status['status']}, not {wanted}")


def test_an_execution_is_listed_read_and_deleted(stack: Stack) -> None:
    client = stack.client()
    workflow = make(client, chain(set_node("a", x=1)))
    done = execute(client, workflow, {"n": 1}, labels={"team": "a"})
    path = f"{BASE}/executions/{done['id']}/"

    listed = client.get(
        f"{BASE}/executions/", params={"workflow_id": workflow, "status": "completed", "label": "team:a"}
    ).json()
    detail = client.get(path).json()
    items = client.get(f"{path}node-runs/{detail['node_runs'][1]['id']}/items/", params={"side": "inputs"}).json()
    definition = client.get(f"{path}definition/").json()

    assert listed["count"] == 1
    assert not {"input", "output", "warnings"} & listed["results"][0].keys()
    assert detail["node_runs"][1]["inputs"] == {"main": [{"json": {"n": 1}, "pairedItem": {"item": 0}}]}
    assert items["results"][0]["json"] == {"n": 1}
    assert [entry["id"] for entry in definition["nodes"]] == ["start", "a"]
    assert stack.client().get(path).status_code == 404
    assert client.get(f"{BASE}/workflows/{workflow}/").json()["total_executions"] == 1
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_http_nodes_reach_allowed_hosts_only(stack: Stack) -> None:
    client = stack.client()
    for url in (
        "http://127.0.0.1:1/",
        "http://localhost/",
        "http://169.254.169.254/",
        "http://[::1]/",
        "http://2130706433/",
        "file:///etc/passwd",
    ):
        done = execute(client, make(client, chain(node("h", "http_request", {"url": url}))))
        assert (done["status"], done["error"]["code"]) == ("failed", "ssrf_blocked"), url
    done = execute(
        client, make(client, chain(node("h", "http_request", {"url": f"{stack.directory}/customers/C1001"})))
    )
    assert done["output"][0]["json"]["body"]["name"] == "Birch Ltd"


def test_a_client_that_goes_away_in_mid_stream_harms_nothing(stack: Stack) -> None:
    client = stack.client()
    workflow = make(client, slow_graph(stack, 1))
    started = client.post(f"{BASE}/workflows/{workflow}/execute/", json={}).json()
    with client.stream("GET", f"/api/streaming/executions/{started['id']}/stream/") as stream:
        next(stream.iter_lines())

    assert wait_for(client, started["id"], {"completed", "failed"})["status"] == "completed"
    assert read_stream(client, started["id"])[-1]["type"] == "execution.completed"


def test_runs_survive_an_emptied_redis(stack: Stack) -> None:
    client = stack.client()
    workflow = make(client, chain(*(set_node(f"n{at}", x=at) for at in range(5))))
    ids = []
    for _ in range(30):
        ids.append(client.post(f"{BASE}/workflows/{workflow}/execute/", json={}).json()["id"])
        with redis.Redis.from_url(stack.environment["REDIS_URL"]) as store:
            store.flushdb()

    for execution in ids:
        assert wait_for(client, execution, {"completed", "failed"})["status"] == "completed"
    assert [event["seq"] for event in read_stream(client, ids[0])][:3] == [1, 2, 3]


def test_a_killed_worker_loses_no_run_and_none_ends_twice(stack: Stack) -> None:
    client = stack.client()
    workflow = make(client, slow_graph(stack, 2))
    ids = [client.post(f"{BASE}/workflows/{workflow}/execute/", json={}).json()["id"] for _ in range(6)]
    for execution in ids:
        wait_for(client, execution, {"running", "completed"})
    for name in ("worker-1", "worker-2"):
        os.kill(stack.child(name).process.pid, signal.SIGKILL)

    for execution in ids:
        assert wait_for(client, execution, {"completed", "failed"}, 90)["status"] == "completed"
        events = read_stream(client, execution)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert sum(event["type"] == "execution.completed" for event in events) == 1
        done = [event["node_id"] for event in events if event["type"] == "node.completed"]
        assert len(done) == len(set(done)) == 5
    recovered = [client.get(f"{BASE}/executions/{execution}/").json()["recoveries"] for execution in ids]
    assert any(recovered)


def test_simultaneous_saves_lose_nothing_silently(stack: Stack) -> None:
    client = stack.client()
    workflow = make(client, chain(set_node("a", x=0)))
    barrier = threading.Barrier(4)

    def save(value: int) -> int:
        barrier.wait()
        body = {"name": f"n{value}-{time.monotonic_ns()}", **chain(set_node("a", x=value))}
        return client.put(f"{BASE}/workflows/{workflow}/", json=body, headers={"If-Match": '"1"'}).status_code

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(save, range(4)))

    assert codes == [200, 412, 412, 412]
    assert client.get(f"{BASE}/workflows/{workflow}/").json()["revision"] == 2


def test_the_schema_and_its_page_are_served(stack: Stack) -> None:
    bare = stack.bare()

    assert bare.get("/api/schema/").status_code == 200
    page = bare.get("/api/docs/")
    assert page.status_code == 200
    assert bare.get("/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css").status_code == 200


def test_nothing_is_served_without_a_login(stack: Stack) -> None:
    bare = stack.bare()

    for path in (
        "/api/users/me",
        "/api/nodes/",
        f"{BASE}/workflows/",
        f"{BASE}/executions/",
        "/api/credentials/",
        "/api/keys/",
    ):
        assert bare.get(path).status_code == 401, path
    assert bare.get("/api/health/").json()["status"] == "healthy"


def test_the_result_is_posted_to_the_callback(stack: Stack) -> None:
    client = stack.client()
    stack.peer.answer("/result", (200, {}, b""))
    workflow = make(client, chain(set_node("a", x="{{ $json.n + 1 }}")))

    done = execute(client, workflow, {"n": 1}, callback_url=f"{stack.peer.url}/result", callback_secret="key")

    end = time.monotonic() + 20
    while not (calls := [call for call in stack.peer.calls if call.path == "/result"]):
        assert time.monotonic() < end
        time.sleep(0.1)
    signature = hmac.new(b"key", calls[0].body, hashlib.sha256).hexdigest()
    assert calls[0].headers["x-heddle-signature"] == f"sha256={signature}"
    told = json.loads(calls[0].body)
    assert (told["id"], told["status"], told["output"]) == (done["id"], "completed", done["output"])


def test_a_worker_of_its_own_serves_a_queue(stack: Stack) -> None:
    client = stack.client()
    stack.peer.delay_s = 0
    stack.peer.answer("/far", (200, {}, b"{}"))
    far = node("far", "http_request", {"url": f"{stack.peer.url}/far", "method": "POST", "body": "{{ $json }}"},
               settings={"queue": "journeys"})  # fmt: skip
    workflow = make(client, chain(far, set_node("z", status="{{ $json.status }}")))
    execution = execute(client, workflow, {"n": 1}, wait_s=1)
    assert execution["status"] in ("running", "waiting")
    why = client.get(f"{BASE}/executions/{execution['id']}/why/").json()["reasons"]
    assert "none is running" in next(reason["message"] for reason in why if reason["code"] == "remote_node")

    command = ["-m", "celery", "-q", "-A", "workflow_backend", "worker", "-Q", "journeys", "-n", "journeys@heddle"]
    worker = subprocess.Popen(
        [sys.executable, *command, "--without-gossip", "--without-mingle"],
        env={**os.environ, **stack.environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        done = client.get(f"{BASE}/executions/{execution['id']}/status/", params={"wait_s": 30}).json()
        while done["status"] not in ("completed", "failed"):
            done = client.get(f"{BASE}/executions/{execution['id']}/status/", params={"wait_s": 30}).json()
        assert done["status"] == "completed", done
        runs = client.get(f"{BASE}/executions/{execution['id']}/").json()
        assert runs["output"][0]["json"]["status"] == 200
    finally:
        worker.terminate()
        assert worker.wait(20) == 0
