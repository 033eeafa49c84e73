"""Ten kinds of runs that once stopped a worker, and how each of them has to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from tests.builders import chain, edge, graph, node, set_node

REAL_OS = "import typing\nos = typing.sys.modules['os']\n"
UNWRITABLE = "unwritable"  # PostgreSQL refuses the results of nodes of this name
REFUSE = f"""
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.node_id = '{UNWRITABLE}' AND NEW.status = 'completed' THEN
        RAISE EXCEPTION 'this row is refused' USING ERRCODE = '22003';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON executor_noderun FOR EACH ROW EXECUTE FUNCTION refuse()
"""


@dataclass(frozen=True)
class Poison:
    """A kind of run. It ends in one of `ends`: "completed", "waiting", or the code of its error."""

    name: str
    document: dict[str, Any]
    ends: frozenset[str]


def _code(name: str, code: str, *ends: str, **data: Any) -> Poison:
    return Poison(name, chain(node("p", "code", {"code": code}, **data), node("z")), frozenset(ends))


def _stuck() -> dict[str, Any]:
    page = {"name": "data", "value": "{{ '<div>' + '<p>x</p>'.repeat(2000) + '</div>' }}"}
    params = {"extraction_values": [{"key": "x", "css_selector": " ~ ".join(["p"] * 6)}]}
    selector = node("p", "html_extract", params, settings={"timeout_s": 2})
    return chain(node("s", "set", {"assignments": [page]}), selector, node("z"))


def _rows() -> dict[str, Any]:
    code = "return {'list': [0] * 40000, **{f'k{n}': n for n in range(400)}}"
    split = node("p", "split_out", {"field_to_split_out": "list", "include": "all_other_fields"})
    return chain(node("s", "code", {"code": code}), split, node("z"))


def _far() -> dict[str, Any]:
    until = {"mode": "until", "until": "9999-12-31T23:59:59"}
    return graph([node("p", "wait", until)], [edge("start", "p")], timezone="America/New_York")


KINDS = [
    _code("deep", "v = []\nfor _ in range(250):\n    v = [v]\nreturn {'v': v}", "invalid_output"),
    Poison("integer", chain(set_node("p", n="{{ 12345678901234567890123 }}"), node("z")), frozenset({"completed"})),
    _code("nul", "print('a\\x00b')\nreturn {'ok': 1}", "completed"),
    _code("surrogate", "print('\\ud800')\nreturn {'s': 'a\\ud800'}", "completed", "invalid_output"),
    _code("unstorable", "return {'s': 'a\\x00b'}", "invalid_output"),
    Poison("rows", _rows(), frozenset({"invalid_output", "items_limit", "compute_memory"})),
    Poison("stuck", _stuck(), frozenset({"node_timeout", "compute_timeout"})),
    _code("suicide", REAL_OS + "os._exit(0)", "code_error", "sandbox_violation", "code_crash"),
    Poison("far", _far(), frozenset({"waiting"})),
    Poison("refused", chain(set_node(UNWRITABLE, x=1), node("z")), frozenset({"invalid_output", "journal_rejected"})),
]  # fmt: skip


def let_the_database_refuse() -> None:
    """Make PostgreSQL refuse what the last kind writes."""
    with connection.cursor() as cursor:
        cursor.execute(REFUSE)
