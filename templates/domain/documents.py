"""A workflow's graph as others may see it: what is secret is masked, and what is left open is listed.

    graph ─▶ `scrubbed` ─▶ Scrubbed: the graph, what was masked where, what tells who somebody is and where

Whatever is copied goes through one walk, keys of objects too; credentials, pinned data and what means something in one
account alone are left behind before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.text.sensitive import MASK
from templates.domain.texts import (
    Known,
    Place,
    names_a_secret,
    personal_in,
    scrubbed_text,
    without_numbers_of_people,
)

KEPT_SETTINGS = (
    "timeout_s", "timezone", "error_policy", "max_nesting_depth", "keeps_test_state", "concurrency", "priority",
    "retention", "budget",
)  # fmt: skip
PAIRS = (("name", "value"), ("key", "value"), ("header", "value"), ("field", "value"), ("name", "default"))
CODE_FIELDS = frozenset({"code", "script", "python", "javascript", "function"})
MOST_FOUND = 500


@dataclass(frozen=True, slots=True)
class Masked:
    """Something that was taken out: `node_id` is None for what is not in a node; `field` is a dotted path."""

    node_id: str | None
    field: str
    kind: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that tells who somebody is; `masked` is the text around it without it, `digest` a hash of all of it."""

    node_id: str | None
    field: str
    kind: str
    masked: str
    digest: str


@dataclass(slots=True)
class Scrubbed:
    value: Any
    masked: list[Masked] = field(default_factory=list[Masked])
    findings: list[Finding] = field(default_factory=list[Finding])


def scrubbed_graph(graph: Mapping[str, Any], known: Known) -> Scrubbed:
    """Return `{nodes, edges, viewport, settings}` as others may see it."""
    made = Scrubbed({})
    renamed = _new_names(graph, known)
    nodes = [_node(node, renamed) for node in graph["nodes"]]
    walked_nodes = [_Walk(made, known, node.get("id")).value(node, path="", key="") for node in nodes]
    whole = _Walk(made, known, None)
    settings = {key: graph["settings"][key] for key in KEPT_SETTINGS if key in graph["settings"]}
    viewport = {key: graph["viewport"][key] for key in ("x", "y", "zoom") if key in graph["viewport"]}
    made.value = {
        "nodes": walked_nodes,
        "edges": [whole.value(_edge(edge, renamed), path="edges", key="") for edge in graph["edges"]],
        "viewport": {key: number for key, number in viewport.items() if isinstance(number, (int, float))},
        "settings": whole.value(settings, path="settings", key=""),
    }
    return made


def scrubbed_fields(fields: Mapping[str, Any], known: Known) -> Scrubbed:
    """Return named texts about a template, as others may see them."""
    made = Scrubbed({})
    walk = _Walk(made, known, None)
    made.value = {name: walk.value(value, path=name, key="") for name, value in fields.items()}
    return made


def _node(node: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    """Return a node that names its slots for credentials, and none of them."""
    data = dict(node.get("data") or {})
    data.pop("pinned_data", None)
    data.pop("pinned", None)
    credentials = data.get("credentials")
    data["credentials"] = dict.fromkeys(credentials) if isinstance(credentials, Mapping) else {}
    kept = {key: value for key, value in node.items() if key not in ("selected", "dragging", "measured", "data")}
    for key in ("id", "parentId", "parent"):
        if key in kept:
            kept[key] = renamed.get(kept[key], kept[key])
    return {**kept, "data": data}


def _edge(edge: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    kept = {key: value for key, value in edge.items() if key not in ("selected", "data", "label", "style")}
    for key in ("source", "target"):
        kept[key] = renamed.get(kept[key], kept[key])
    kept["id"] = (
        f"{kept['source']}.{kept.get('sourceHandle') or 'main'}-{kept['target']}.{kept.get('targetHandle') or 'main'}"
    )
    return kept


def _new_names(graph: Mapping[str, Any], known: Known) -> dict[str, str]:
    """Return new ids of those nodes whose own would not pass: ids are texts that somebody chose."""
    ids = [node["id"] for node in graph["nodes"]]
    taken, renamed = set(ids), {}
    for number, node_id in enumerate(ids, start=1):
        if scrubbed_text(node_id, known, Place()) == node_id and not personal_in(node_id):
            continue
        new = f"n{number}"
        while new in taken:
            new = f"n{new}"
        taken.add(new)
        renamed[node_id] = new
    return renamed


class _Walk:
    """One way through a value; what it finds goes into `made`."""

    def __init__(self, made: Scrubbed, known: Known, node_id: str | None) -> None:
        self.made, self.known, self.node_id = made, known, node_id

    def value(self, value: Any, *, path: str, key: str, is_secret: bool = False) -> Any:
        is_secret = is_secret or names_a_secret(key)
        if isinstance(value, str):
            return self.text(value, path=path, key=key, is_secret=is_secret)
        if isinstance(value, Mapping):
            return self.mapping(value, path=path, is_secret=is_secret)
        if isinstance(value, list):
            return [
                self.value(one, path=_joined(path, str(number)), key="", is_secret=is_secret)
                for number, one in enumerate(value)
            ]
        if isinstance(value, bool) or value is None:
            return value
        return self.number(value, path=path, is_secret=is_secret)

    def mapping(self, value: Mapping[str, Any], *, path: str, is_secret: bool) -> dict[str, Any]:
        beside = {held for name, held in PAIRS if isinstance(value.get(name), str) and names_a_secret(value[name])}
        made: dict[str, Any] = {}
        for key, inner in value.items():
            at = _joined(path, key)
            shown = self.text(key, path=at, key="", is_secret=False)
            while shown in made:  # two keys that were masked alike
                shown = f"{shown}_"
            made[shown] = self.value(inner, path=at, key=key, is_secret=is_secret or key in beside)
        return made

    def text(self, text: str, *, path: str, key: str, is_secret: bool) -> str:
        place = Place(is_secret=is_secret, is_code=key in CODE_FIELDS)
        shown = scrubbed_text(text, self.known, place)
        for kind in sorted(place.kinds):
            self.note(path, kind)
        for kind, around in personal_in(shown):
            if len(self.made.findings) < MOST_FOUND:
                self.made.findings.append(Finding(self.node_id, path, kind, around, _digest(kind, shown)))
        shown = without_numbers_of_people(shown)
        return "" if shown == MASK else shown

    def number(self, value: Any, *, path: str, is_secret: bool) -> Any:
        if is_secret and abs(value) > 9:
            self.note(path, "secret_field")
            return None
        written = str(value)
        if len(written) < 8 or not isinstance(value, int):
            return value
        shown = self.text(written, path=path, key="", is_secret=False)
        return value if shown == written else None

    def note(self, path: str, kind: str) -> None:
        if len(self.made.masked) < MOST_FOUND:
            self.made.masked.append(Masked(self.node_id, path, kind))


def _digest(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}"[:500] if path else key[:500]


# -- texts and fields of a scrubbed graph ------------------------------------------------------------------------------
def texts_of(value: Any) -> Iterator[str]:
    """Yield each text of a JSON value, keys too."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, Mapping):
            waiting.extend(inner.keys())
            waiting.extend(inner.values())
        elif isinstance(inner, list):
            waiting.extend(inner)


def held_at(value: Any, path: str) -> Any:
    """Return what stands at a dotted path, None where nothing does."""
    for part in path.split("."):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, Mapping) and part in value:
            value = value[part]
        else:
            return None
    return value


def with_value(value: Any, path: str, put: Any) -> Any:
    """Return a JSON value with something else at a dotted path. Raises: KeyError where there is no such place."""
    first, _, rest = path.partition(".")
    change: Callable[[Any], Any] = (lambda inner: with_value(inner, rest, put)) if rest else (lambda _: put)
    if isinstance(value, list):
        if not first.isdigit() or int(first) >= len(value):
            raise KeyError(path)
        return [change(one) if number == int(first) else one for number, one in enumerate(value)]
    if not isinstance(value, Mapping) or (rest and first not in value):
        raise KeyError(path)
    return {**value, first: change(value.get(first))}
