"""Small runs that ask for a lot of time or memory."""

from __future__ import annotations

from typing import Any

from tests.builders import chain, edge, graph, node, set_node
from tests.chaos.hostile.attack import BASE, Attack, Kind

BIG = 4_200_000
EMPTY_OBJECTS = b"[" + b"{}," * 750_000 + b"{}]"
SHORT_S = 5  # what a node may take in the short form, so that it is over in time


def _limited(attack: Attack, entry: dict[str, Any]) -> dict[str, Any]:
    if attack.scale < 1:
        entry["data"]["settings"] = {"timeout_s": SHORT_S}
    return entry


def punycode(attack: Attack, kind: str) -> None:
    params = {"url": f"{attack.server_url}/punycode", "response_format": "text"}
    attack.run(kind, chain(_limited(attack, node("h", "http_request", params))))


def large_reply(attack: Attack, kind: str) -> None:
    call = node("h", "http_request", {"url": f"{attack.server_url}/large"})
    attack.run(kind, chain(_limited(attack, call), node("z")))


def selector(attack: Attack, kind: str) -> None:
    page = f"<div>{'<p>x</p>' * 4000}</div>"
    params = {"extraction_values": [{"key": "x", "css_selector": " ~ ".join(["p"] * 6)}]}
    attack.run(kind, chain(_limited(attack, node("h", "html_extract", params))), {"data": page})


def csv_names(attack: Attack, kind: str) -> None:
    attack.run(kind, chain(_limited(attack, node("c", "csv"))), {"data": ",".join(["a"] * 2000) + "\n1"})


def merge_pairs(attack: Attack, kind: str) -> None:
    split = node("s", "split_out", {"field_to_split_out": "list"})
    merge = _limited(attack, node("m", "merge", {"mode": "combine_by_field", "field": "k"}))
    edges = [edge("start", "s"), edge("s", "m", into="input_1"), edge("s", "m", into="input_2")]
    attack.run(kind, graph([split, merge], edges), {"list": [{"k": 1}] * 5000})


def split_rows(attack: Attack, kind: str) -> None:
    split = node("s", "split_out", {"field_to_split_out": "list", "include": "all_other_fields"})
    value = {"list": [0] * 40_000, **{f"k{number}": number for number in range(400)}}
    attack.run(kind, chain(_limited(attack, split)), value)


def set_fields(attack: Attack, kind: str) -> None:
    fields = {f"f{number}": "{{ $json.big }}" for number in range(400)}
    attack.run(kind, chain(_limited(attack, set_node("s", **fields))), {"big": "x" * BIG})


def blob_references(attack: Attack, kind: str) -> None:
    files = {"file": ("a.json", EMPTY_OBJECTS, "application/json")}
    reply = attack.post(kind, f"{BASE}/blobs/", files=files)
    if reply.status_code != 201:
        return
    value = {f"r{number}": {"$blob": {"id": reply.json()["id"], "size_bytes": 10}} for number in range(10)}
    raw = node("s", "set", {"mode": "raw", "json_output": "{{ $json.refs }}"})
    ask = node("a", "wait", {"seconds": 6})
    attack.run(kind, chain(raw, ask, set_node("z", x="{{ $json.r1 }}")), {"refs": value})


def code_memory(attack: Attack, kind: str) -> None:
    code = "x = []\nwhile True:\n    x.append('y' * 1000000)"
    attack.run(kind, chain(node("c", "code", {"code": code, "memory_mb": 1024})))


def code_time(attack: Attack, kind: str) -> None:
    limit_s = 120 if attack.scale == 1 else SHORT_S
    attack.run(kind, chain(node("c", "code", {"code": "while True:\n    pass", "limit_s": limit_s})))


def code_crash(attack: Attack, kind: str) -> None:
    code = "import typing\nos = typing.sys.modules['os']\nos.kill(-1, 9)"
    attack.run(kind, chain(node("c", "code", {"code": code})))


def expressions(attack: Attack, kind: str) -> None:
    """Many expressions of many steps, on many items."""
    heavy = "{{ $json.list.map(x => $json.list.map(y => x * y).length).length }}"
    many = node("s", "set", {"assignments": [{"name": f"f{number}", "value": heavy} for number in range(20)]})
    split = node("p", "split_out", {"field_to_split_out": "rows"})
    rows = [{"list": list(range(150))}] * 100
    attack.run(kind, chain(split, _limited(attack, many)), {"rows": rows})


def children(attack: Attack, kind: str) -> None:
    """A map over many items, each a run of its own."""
    child = attack.workflow("child", chain(node("z")))
    if child is not None:
        split = node("s", "split_out", {"field_to_split_out": "list"})
        mapped = node("m", "map", {"workflow_id": child, "concurrency": 100})
        attack.run(kind, chain(split, mapped), {"list": [{"n": n} for n in range(int(2000 * attack.scale))]})


KINDS = [
    Kind("punycode", punycode, 3),
    Kind("large_reply", large_reply, 3),
    Kind("selector", selector, 1.5),
    Kind("csv_names", csv_names, 2),
    Kind("merge_pairs", merge_pairs, 3),
    Kind("split_rows", split_rows, 3),
    Kind("set_fields", set_fields, 3),
    Kind("blob_references", blob_references, 4),
    Kind("code_memory", code_memory, 2),
    Kind("code_time", code_time, 1.5),
    Kind("code_crash", code_crash, 2),
    Kind("expressions", expressions, 3),
    Kind("children", children, 8),
]
