"""`python -m tests.chaos.storm`: mixed runs while processes and servers are killed at random; then everything is checked.

It has servers, processes and a data folder of its own. Every effect goes to a counting server by its Idempotency-Key.
Some of the runs are poison (`poison.py`): they end as they should and take nothing else along.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

os.environ["HEDDLE_NODE_MODULES"] = "tests.chaos.storm_nodes"  # of the processes that are started, and of this one

from tests.chaos.installation import BASE, Account, Installation

# isort: split
from django.db import DatabaseError, close_old_connections, connection

from core.datastore.models import NodeState
from executor.models import Execution, HumanTask, NodeJob
from executor.selectors import stored_events
from executor.verbs.why import reasons_of
from tests.builders import chain, edge, graph, node
from tests.chaos import poison
from tests.chaos.counting import Counting
from tests.chaos.storm_nodes import WRITES

# effects of a run of each kind at the counting server
KINDS = {
    "chain": 2, "loop": 3, "map": 3, "approval": 1, "timer": 1, "remote": 2, "steps": WRITES, "table": 1, "state": 1,
}  # fmt: skip
POISON = {kind.name: kind for kind in poison.KINDS}
TAKE_OVER_S = 15.0  # within which workers that live take over what the dead have left
WORKERS_ALIVE = """
SELECT 1 FROM core_processheartbeat WHERE kind = 'worker' AND beat_at > clock_timestamp() - interval '6 seconds'
"""
OFTEN_S = 20.0  # what has lived for so long is always killed, what has just started seldom
OLD_LEASES = """
SELECT s.execution_id, s.status FROM executor_runstate s LEFT JOIN core_processheartbeat p ON p.id = s.worker_id
WHERE s.status = 'running' AND s.claimed_at < clock_timestamp() - interval '60 seconds'
  AND (p.id IS NULL OR p.beat_at < clock_timestamp() - interval '60 seconds')
"""


@dataclass
class Storm:
    """One storm: what was started, what was killed."""

    chance: random.Random
    counting: Counting
    installation: Installation
    account: Account
    with_servers: bool
    poisoned: float = 0.0  # the share of poison runs
    workflows: dict[str, str] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    started: dict[str, tuple[str, str]] = field(default_factory=dict)  # execution id → (kind, tag)
    old_leases: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    # -- the workload ------------------------------------------------------------------------------------------------
    def documents(self) -> dict[str, str]:
        def post(node_id: str) -> dict[str, Any]:
            url = f"{self.counting.url}/{{{{ $json.tag }}}}"
            retry = {"max_attempts": 5, "delay_s": 0.2, "backoff": 1}
            return node(node_id, "http_request", {"method": "POST", "url": url, "body": {}}, settings={"retry": retry})

        keep = {"assignments": [{"name": "tag", "value": "{{ $('start').first().json.tag }}"}]}
        one = self.make("one", chain(post("p")))
        looping = graph(
            [node("L", "loop", {"count": 3}), post("p"), node("z")],
            [edge("start", "L"), edge("L", "p", "loop"), edge("p", "L"), edge("L", "z", "done")],
        )
        mapping = graph(
            [
                node("s", "split_out", {"field_to_split_out": "parts"}),
                node("m", "map", {"workflow_id": one, "concurrency": 2}),
            ],
            [edge("start", "s"), edge("s", "m")],
        )
        asking = graph(
            [node("ask", "human_task", {"title": "Go?", "timeout_s": 3600}), post("p")],
            [edge("start", "ask"), edge("ask", "p", "approved")],
        )
        retry = {"retry": {"max_attempts": 5, "delay_s": 0.2, "backoff": 1}}
        count = {"operation": "increment", "table": "hits", "key": "{{ $('start').first().json.tag }}", "column": "n"}
        remember = "static['seen'] = static.get('seen', 0) + 1\nreturn items"
        steps = {"url": f"{self.counting.url}/{{{{ $json.tag }}}}"}
        far = post("p")
        far["data"]["settings"] = {**far["data"]["settings"], "queue": "nodes"}
        return {
            "remote": self.make("remote", chain(far, node("k", "set", keep), post("b"))),
            "chain": self.make("chain", chain(post("a"), node("k", "set", keep), post("b"))),
            "loop": self.make("loop", looping),
            "map": self.make("map", mapping),
            "approval": self.make("approval", asking),
            "timer": self.make("timer", chain(node("w", "wait", {"seconds": 6}), post("p"))),
            "steps": self.make("steps", chain(node("t", "storm_steps", steps, settings=retry), node("z"))),
            "table": self.make("table", chain(post("a"), node("t", "data_table", count, settings=retry))),
            "state": self.make(
                "state",
                chain(post("a"), node("c", "code", {"code": remember}, settings=retry), keeps_test_state=True),
            ),
        }

    def make(self, name: str, document: dict[str, Any]) -> str:
        return self.account.make(name, document)

    def choose(self, runs: int) -> list[str]:
        """Return the kind of each run; poison takes turns, so that all kinds of it come."""
        kinds = [self.chance.choice(list(KINDS)) for _ in range(runs)]
        names = self.chance.sample(list(POISON), len(POISON))
        for number, at in enumerate(sorted(self.chance.sample(range(runs), round(runs * self.poisoned)))):
            kinds[at] = names[number % len(names)]
        return kinds

    def prepare(self) -> None:
        """Make the workflows, while nothing is killed: a call that is made again would find its name taken."""
        columns = [{"name": "tag", "type": "text"}, {"name": "n", "type": "number"}]
        self.account.make_table({"name": "hits", "columns": columns, "key": "tag"})
        self.workflows = self.documents()
        if self.poisoned:
            self.workflows |= {one.name: self.make(one.name, one.document) for one in POISON.values()}

    def start_all(self, runs: int, seconds: float) -> None:
        for number, kind in enumerate(self.choose(runs)):
            tag = f"run-{number}"
            value = {"tag": tag, "parts": [{"tag": tag}] * 3}
            path = f"{BASE}/workflows/{self.workflows[kind]}/execute/"
            reply = self.account.call("POST", path, {"input": value}, **{"Idempotency-Key": tag})
            assert reply.status_code in (200, 202), reply.text
            self.started[reply.json()["id"]] = kind, tag
            time.sleep(seconds / runs * 0.5)

    def answer(self) -> None:
        """Approve what is asked, over and over."""
        while not self.over.wait(0.5):
            for task in self.account.call("GET", f"{BASE}/hitl/pending/?page_size=100").json().get("results", []):
                self.account.call("POST", f"{BASE}/hitl/{task['id']}/respond/", {"action": "approve"})

    # -- the weather -------------------------------------------------------------------------------------------------
    def kill_until(self, end: float) -> None:
        names = ["worker-1", "worker-2", "web", "beat", *(["PostgreSQL", "Valkey"] if self.with_servers else [])]
        weights = [4, 4, 2, 1, *([1, 1] if self.with_servers else [])]
        while time.monotonic() < end:
            time.sleep(self.chance.uniform(0.5, 2.5))
            name = self.chance.choices(names, weights)[0]
            if self.installation.age_s(name) < self.chance.uniform(0, OFTEN_S):
                continue  # it is just starting; most of the times it may come to work before
            if self.installation.kill(name):
                self.kills[name] += 1

    # -- the judgement -----------------------------------------------------------------------------------------------
    def watch_leases(self) -> None:
        """Look for runs that stand in the name of somebody who has been silent for a minute, beside workers at work."""
        at_work_since = None
        while not self.over.wait(2):
            try:
                close_old_connections()
                with connection.cursor() as cursor:
                    cursor.execute(WORKERS_ALIVE)
                    is_alive = bool(cursor.fetchall())
                    at_work_since = (at_work_since or time.monotonic()) if is_alive else None
                    if at_work_since is not None and time.monotonic() - at_work_since > TAKE_OVER_S:
                        cursor.execute(OLD_LEASES)
                        self.old_leases.update(str(row[0]) for row in cursor.fetchall())
            except DatabaseError:
                at_work_since = None  # it is being started again
        connection.close()

    def wait_for_all(self, limit_s: float) -> None:
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            close_old_connections()
            alive = Execution.objects.filter(pk__in=self.started, finished_at=None).select_related("state")
            if all("waiting" in self.ends_of(execution) and execution.state.status == "waiting" for execution in alive):
                return
            time.sleep(0.5)

    def ends_of(self, execution: Execution) -> frozenset[str]:
        kind, _ = self.started[str(execution.pk)]
        return POISON[kind].ends if kind in POISON else frozenset({"completed"})

    def problems(self) -> list[str]:
        found: list[str] = []
        for execution in Execution.objects.filter(pk__in=self.started).select_related("state"):
            found += self._problems_of(execution)
        found += [f"{execution_id} had a lease older than a minute" for execution_id in self.old_leases]
        found += self._problems_of_kept()
        open_tasks = HumanTask.objects.filter(status="pending").count()
        return found + ([f"{open_tasks} tasks are still open"] if open_tasks else [])

    def _problems_of_kept(self) -> list[str]:
        """Compare rows and states that outlive runs with the runs: each counted once."""
        tags = {kind: {tag for which, tag in self.started.values() if which == kind} for kind in KINDS}
        rows = {row["values"]["tag"]: row["values"]["n"] for row in self.account.rows("hits")}
        found = [f"{tag} stands as {n} in the table" for tag, n in rows.items() if n != 1]
        if rows.keys() != tags["table"]:
            found.append(f"the table lacks or has too much: {sorted(rows.keys() ^ tags['table'])}")
        kept = NodeState.objects.filter(workflow_id=self.workflows["state"], execution_id=None)
        seen = sum(state.value["seen"] for state in kept)
        if seen != len(tags["state"]):
            found.append(f"the state counted {seen} runs, not {len(tags['state'])}")
        return found

    def _problems_of(self, execution: Execution) -> list[str]:
        kind, tag = self.started[str(execution.pk)]
        if end_of(execution) not in self.ends_of(execution):
            why = [reason["message"] for reason in reasons_of(execution)]
            jobs = list(NodeJob.objects.filter(execution_id=execution.pk).values_list("status", "epoch"))
            return [f"{tag} ({kind}) is {execution.state.status}: {execution.error} {why} {jobs}"]
        found: list[str] = []
        keys = self.counting.by_tag.get(tag, Counter())
        if len(keys) != KINDS.get(kind, 0):
            found.append(f"{tag} ({kind}) had {len(keys)} effects, not {KINDS.get(kind, 0)}: {sorted(keys)}")
        events = stored_events(execution.pk, 0, 10_000)
        if [event.seq for event in events] != list(range(1, len(events) + 1)):
            found.append(f"{tag} ({kind}) has a gap in its events")
        ended = Counter((event.node_id, event.path) for event in events if event.type == "node.completed")
        again = [place for place, times in ended.items() if times > 1]
        if again:
            found.append(f"{tag} ({kind}) ran finished nodes again: {again}")
        return found


def end_of(execution: Execution) -> str:
    """Return how a run ended: its status, or the code of its error where it failed."""
    return str((execution.error or {}).get("code")) if execution.state.status == "failed" else execution.state.status


def ends_of_poison(storm: Storm) -> dict[str, str]:
    """Return how the poison runs ended, by their kind."""
    found: dict[str, set[str]] = {}
    for execution in Execution.objects.filter(pk__in=storm.started).select_related("state"):
        kind, _ = storm.started[str(execution.pk)]
        if kind in POISON:
            found.setdefault(kind, set()).add(end_of(execution))
    return {kind: " or ".join(sorted(ends)) for kind, ends in sorted(found.items())}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, nargs="*", default=[1])
    parser.add_argument("--servers", action="store_true", help="kill PostgreSQL and Valkey too")
    parser.add_argument("--poison", type=float, default=0.05, help="the share of poison runs")
    asked = parser.parse_args()
    counting = Counting()
    problems: list[str] = []
    with Installation() as installation:
        poison.let_the_database_refuse()
        for seed in asked.seed:
            account = installation.account(f"storm-{seed}")
            chance = random.Random(seed)
            problems += one(Storm(chance, counting, installation, account, asked.servers, asked.poison), seed, asked)
    return 1 if problems else 0


def one(storm: Storm, seed: int, asked: argparse.Namespace) -> list[str]:
    """Let one storm pass, tell of it, and return what was wrong."""
    storm.counting.by_tag.clear()
    storm.prepare()
    threading.Thread(target=storm.answer, daemon=True).start()
    leases = threading.Thread(target=storm.watch_leases, daemon=True)
    leases.start()
    begin = time.monotonic()
    killer = threading.Thread(target=storm.kill_until, args=(begin + asked.seconds,))
    killer.start()
    storm.start_all(asked.runs, asked.seconds)
    killer.join()
    storm.wait_for_all(300)
    storm.over.set()
    leases.join(10)
    took = time.monotonic() - begin
    close_old_connections()
    problems = storm.problems()
    keys = storm.counting.by_tag.values()
    kinds = dict(Counter(kind for kind, _ in storm.started.values()))
    report = [
        f"seed {seed}: {len(storm.started)} runs {kinds} in {took:.0f} s", f"killed: {dict(storm.kills)}",
        f"effects: {sum(map(len, keys))}, sent again with their key: {sum(sum(one.values()) - len(one) for one in keys)}",
        f"poison ended as: {ends_of_poison(storm)}",
        *(problems or ["every run ended right, every effect once, no finished node ran again, no lease grew old"]),
    ]  # fmt: skip
    sys.stdout.write("\n".join(report) + "\n")
    sys.stdout.flush()
    return problems


if __name__ == "__main__":
    sys.exit(main())
