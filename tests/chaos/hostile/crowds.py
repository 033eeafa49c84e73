"""Too much of what is allowed: starts, jobs, callbacks, feeds; and mails that no server takes."""

from __future__ import annotations

from typing import Any

from tests.builders import chain, edge, graph, node, set_node
from tests.chaos.hostile.attack import BASE, Attack, Kind

STARTS, JOBS = 10_000, 200


def starts(attack: Attack, kind: str) -> None:
    """Ten thousand starts, as fast as they are taken."""
    for _ in range(20):
        if len(attack.started[kind]) < STARTS * attack.scale and not attack.over.is_set():
            attack.run(kind, chain(set_node("s", x=1)))


def jobs(attack: Attack, kind: str) -> None:
    """Two hundred jobs that stop five ended runs, one in ten seconds."""
    own = [execution for ids in list(attack.started.values()) for execution in list(ids)[:5]][:5]
    for _ in range(20):
        if own and attack.answers[kind].total() < JOBS:
            attack.post(kind, f"{BASE}/executions/bulk-stop/", {"ids": own, "rate_per_s": 0.1})


def mail(attack: Attack, kind: str) -> None:
    """Questions, and failed runs, whose mail would have a line break in its subject."""
    ask = node("a", "human_task", {"title": "{{ 'poison' + $json.cr + 'x' }}", "timeout_s": 3600})
    attack.run(kind, graph([ask], [edge("start", "a")]), {"cr": "\r"})
    fails: dict[str, Any] = chain(node("f", "stop_and_error", {"message": "failed on purpose"}))
    workflow_id = attack.workflow("evil\rname", fails, deployed=True)
    if workflow_id is not None:
        path = f"{BASE}/workflows/{workflow_id}/execute/"
        reply = attack.post(kind, path, {"version": "deployed"})
        if reply.status_code == 202:
            attack.started["failing"].add(reply.json()["id"])


def callbacks(attack: Attack, kind: str) -> None:
    """Callbacks to a server that never answers."""
    for _ in range(5):
        attack.run(kind, chain(node("z")), callback_url=f"{attack.server_url}/hang")


def feeds(attack: Attack, kind: str) -> None:
    """Triggers that are to look into a feed without an end."""
    for number in range(10):
        trigger = node("t", "rss_trigger", {"url": f"{attack.server_url}/feed", "every_s": 30})
        document = {"nodes": [trigger, node("z")], "edges": [edge("t", "z")]}
        if attack.workflow(f"{kind} {number}", document, deployed=True):
            attack.note(kind, "deployed")


KINDS = [
    Kind("starts", starts, 0, threads=2),
    Kind("jobs", jobs, 1),
    Kind("mail", mail, 3),
    Kind("callbacks", callbacks, 1),
    Kind("feeds", feeds, 30),
]
