"""Values and times that cannot be stored, written or counted."""

from __future__ import annotations

from typing import Any

from tests.builders import chain, edge, graph, node, set_node
from tests.chaos.hostile.attack import BASE, Attack, Kind

LEVELS = 250
LONG_S = 60 * 86_400
MOVE_BACK = """
UPDATE executor_runstate SET queued_at = queued_at - interval '25 days', started_at = started_at - interval '25 days'
WHERE execution_id = %s AND status = 'waiting'
"""


def nested(levels: int = LEVELS) -> str:
    """Return JSON of so many levels."""
    return "[" * levels + "1" + "]" * levels


def deep_input(attack: Attack, kind: str) -> None:
    attack.run_raw(kind, chain(node("z")), f'{{"input":{{"v":{nested()}}}}}')


def deep_reply(attack: Attack, kind: str) -> None:
    attack.run(kind, chain(node("h", "http_request", {"url": f"{attack.server_url}/deep"}), node("z")))


def deep_code(attack: Attack, kind: str) -> None:
    code = f"v = 1\nfor _ in range({LEVELS}):\n    v = [v]\nreturn {{'v': v}}"
    attack.run(kind, chain(node("c", "code", {"code": code}), node("z")))


def huge_integer(attack: Attack, kind: str) -> None:
    attack.run(kind, chain(set_node("s", n="{{ 12345678901234567890123 }}")))


def nul(attack: Attack, kind: str) -> None:
    code = "print('a\\x00b')\nraise ValueError('c\\x00d')"
    attack.run(kind, chain(node("c", "code", {"code": code}, settings={"on_error": "continue"}), node("z")))


def surrogates(attack: Attack, kind: str) -> None:
    code = "print('\\ud800')\nreturn {'s': '\\udfff', '\\ud800': 1}"
    attack.run_raw(kind, chain(node("c", "code", {"code": code})), '{"input":{"s":"\\ud800"}}')


def year_9999(attack: Attack, kind: str) -> None:
    until = node("w", "wait", {"mode": "until", "until": "9999-12-31T23:59:59"})
    attack.run(kind, graph([until], [edge("start", "w")], timezone="America/New_York"))


def long_wait(attack: Attack, kind: str) -> None:
    """A question that is answered 25 days later."""
    ask = node("a", "human_task", {"title": "Well?", "timeout_s": LONG_S})
    attack.run(kind, graph([ask, node("z")], [edge("start", "a"), edge("a", "z", "approved")]))
    pending = attack.client.get(f"{BASE}/hitl/pending/?page_size=100").json().get("results", [])
    for task in pending:
        if task["execution_id"] in attack.started[kind]:
            attack.sql(MOVE_BACK, task["execution_id"])
            attack.post(kind, f"{BASE}/hitl/{task['id']}/respond/", {"action": "approve"})


def nested_loops(attack: Attack, kind: str) -> None:
    """Loops in loops, whose ids are as long as ids may be."""
    loops = [f"loop{at}".ljust(64, "x") for at in range(6)]
    nodes: list[dict[str, Any]] = [node(name, "loop", {"count": 2}) for name in loops]
    edges = [edge("start", loops[0])]
    for outer, inner in zip(loops, loops[1:], strict=False):
        edges += [edge(outer, inner, "loop"), edge(inner, outer, "done")]
    body = "body".ljust(64, "x")
    edges += [edge(loops[-1], body, "loop"), edge(body, loops[-1])]
    attack.run(kind, graph([*nodes, set_node(body, x=1)], edges))


KINDS = [
    Kind("deep_input", deep_input),
    Kind("deep_reply", deep_reply),
    Kind("deep_code", deep_code),
    Kind("huge_integer", huge_integer),
    Kind("nul", nul),
    Kind("surrogates", surrogates),
    Kind("year_9999", year_9999, 5),
    Kind("long_wait", long_wait, 3),
    Kind("nested_loops", nested_loops, 4),
]
