"""n8n's files, their structure: nodes, edges, notes, settings. Params are kept as they are, in placeholders.

A node whose kind needs no params becomes ours, and so do those that `n8n_nodes` translates; any other is a placeholder
`n8n:<type>`, which keeps its parameters as its params and everything else under `source`, so that nothing is lost and a
later step can translate it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from compiler.definition import MAX_EDGES, MAX_NODES, NOTE
from core.values.times import zone
from orchestrator.workflows.imported_file import Imported, ImportUnreadable, texts_in
from orchestrator.workflows.n8n_nodes import translated

WIDER = 1.5  # our nodes are wider than n8n's, which stand 220 apart
SIMPLE = {"n8n-nodes-base.manualTrigger": "manual_trigger", "n8n-nodes-base.noOp": "no_op"}
STICKY = "n8n-nodes-base.stickyNote"
OUTPUTS = {  # names of outputs by their place, where the kind of node to come has such
    "n8n-nodes-base.if": ("true", "false"),
    "n8n-nodes-base.splitInBatches": ("done", "loop"),
}
KEPT_BY_US = frozenset({"id", "name", "position", "parameters", "disabled"})
SETTINGS_TAKEN = frozenset({"timezone", "executionTimeout", "executionOrder"})


def is_n8n(document: Any) -> bool:
    """Tell whether this is a workflow of n8n's."""
    if not isinstance(document, dict) or not isinstance(document.get("nodes"), list):
        return False
    kinds = [node.get("type") for node in document["nodes"] if isinstance(node, dict)]
    return isinstance(document.get("connections"), dict) or any("n8n-nodes" in str(kind) for kind in kinds)


def unwrapped(document: Any) -> Any:
    """Return the workflow of a file that wraps it."""
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if isinstance(document, dict) and "nodes" not in document and isinstance(document.get("workflow"), dict):
        return document["workflow"]
    return document


def convert(document: Mapping[str, Any]) -> Imported:
    """Return what a file came to. Raises: ImportUnreadable."""
    nodes = document.get("nodes")
    if not isinstance(nodes, list) or not all(isinstance(node, dict) for node in nodes):
        raise ImportUnreadable("`nodes` is not a list of nodes")
    if len(nodes) > MAX_NODES:
        raise ImportUnreadable(f"At most {MAX_NODES} nodes")
    made = Imported("n8n", {"name": str(document.get("name") or ""), "nodes": [], "edges": []})
    ids: dict[str, str] = {}  # by name
    by_id: dict[str, str] = {}
    taken: set[str] = set()
    kinds: dict[str, str] = {}
    for number, node in enumerate(nodes):
        kind = node.get("type")
        if not isinstance(kind, str) or not kind or len(kind) > 96:
            raise ImportUnreadable(f"nodes.{number} has no type")
        node_id = _free_id(node.get("id"), number, taken)
        by_id[str(node.get("id"))] = kinds_id = node_id
        ids.setdefault(str(node.get("name") or kinds_id), node_id)
        kinds[node_id] = kind
        made.fields["nodes"].append(_node(node, node_id, kind, made))
    made.fields["edges"] = list(_edges(document.get("connections") or {}, ids, by_id, kinds, made))
    _rest(document, ids, made)
    return made


def _free_id(given: Any, number: int, taken: set[str]) -> str:
    wanted = given if isinstance(given, str) and 0 < len(given) <= 64 else f"n{number + 1}"
    free = next(one for at in count() if (one := wanted if at == 0 else f"{wanted[:56]}-{at}") not in taken)
    taken.add(free)
    return free


def _node(node: Mapping[str, Any], node_id: str, kind: str, made: Imported) -> dict[str, Any]:
    name = str(node.get("name") or kind)[:200]
    held = node.get("parameters")
    parameters: dict[str, Any] = held if isinstance(held, dict) else {}
    placed: dict[str, Any] = {"id": node_id, **_position(node.get("position"))}
    if kind == STICKY:
        made.nodes_mapped += 1
        wide, high = (_number(parameters.get(key), least) for key, least in (("width", 240.0), ("height", 160.0)))
        text = str(parameters.get("content") or "")
        return {**placed, "type": NOTE, "width": round(wide * WIDER), "height": round(high),
                "data": {"label": "", "params": {"text": text}}}  # fmt: skip
    settings = _settings(node)
    if kind in SIMPLE:
        made.nodes_mapped += 1
        return {**placed, "type": SIMPLE[kind], "data": {"label": name, "params": {}, "settings": settings}}
    ours = translated(kind, name, parameters)
    if ours is None:
        made.placeholders.append({"node_id": node_id, "label": name, "original_type": kind})
        _note_expressions(node_id, parameters, made)
    else:
        made.nodes_mapped += 1
        made.warnings.extend(ours.warnings)
    credentials = node.get("credentials")
    for named_slot, named in credentials.items() if isinstance(credentials, dict) else ():
        shown = named.get("name") if isinstance(named, dict) else named
        slot, wanted = ours.slots.get(named_slot, (named_slot, named_slot)) if ours else (named_slot, named_slot)
        made.credentials_needed.append(
            {"node_id": node_id, "slot": str(slot), "type": str(wanted), "name": str(shown or "")}
        )
    source = {"format": "n8n", **{key: value for key, value in node.items() if key not in KEPT_BY_US}}
    params = dict(ours.params if ours else parameters)
    data = {"label": name, "params": params, "settings": settings, "source": source}
    return {**placed, "type": ours.kind if ours else f"n8n:{kind}", "data": data}


def _note_expressions(node_id: str, parameters: Mapping[str, Any], made: Imported) -> None:
    for field, text in texts_in(parameters, "params"):
        if text.startswith("=") and "{{" in text:
            made.expressions_total += 1
            made.untranslated.append({"node_id": node_id, "field": field, "text": text[:500]})


def _position(given: Any) -> dict[str, Any]:
    """Return where a node stands as a member of ours; nothing where that is not said: the editor finds a place."""
    if not isinstance(given, list) or len(given) != 2:
        return {}
    return {"position": {"x": round(_number(given[0], 0) * WIDER), "y": round(_number(given[1], 0))}}


def _number(given: Any, default: float) -> float:
    is_one = isinstance(given, (int, float)) and not isinstance(given, bool) and abs(given) < 1e7
    return float(given) if is_one else default


def _settings(node: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if node.get("disabled") is True:
        settings["disabled"] = True
    if node.get("retryOnFail") is True:
        tries, pause_ms = _number(node.get("maxTries"), 3), _number(node.get("waitBetweenTries"), 1000)
        delay_s = min(max(pause_ms / 1000, 0), 86_400)
        settings["retry"] = {"max_attempts": min(max(int(tries), 1), 50), "delay_s": delay_s, "backoff": 1}
    on_error = node.get("onError")
    if on_error == "continueErrorOutput":
        settings["on_error"] = "error_handle"
    elif on_error == "continueRegularOutput" or node.get("continueOnFail") is True:
        settings["on_error"] = "continue"
    return settings


def _edges(
    connections: Any, ids: Mapping[str, str], by_id: Mapping[str, str], kinds: Mapping[str, str], made: Imported
) -> Iterator[dict[str, Any]]:
    if not isinstance(connections, dict):
        raise ImportUnreadable("`connections` is not an object")
    handles = {node["id"]: (node.get("data") or {}).get("settings", {}) for node in made.fields["nodes"]}
    seen: set[tuple[str, ...]] = set()
    for name, kind, output, link in _links(connections):
        source, target = (ids.get(str(one)) or by_id.get(str(one)) for one in (name, link.get("node")))
        if source is None or target is None:
            made.warnings.append(
                f"A connection from {str(name)[:100]!r} to {str(link.get('node'))[:100]!r} leads nowhere"
            )
            continue
        if str(name) not in ids:
            made.warnings.append(f"The connections of {str(name)[:100]!r} name nodes by id, not by name")
        asks_error = handles[source].get("on_error") == "error_handle"
        ends = (
            source,
            _output(kinds[source], kind, output, asks_error=asks_error),
            target,
            _input(kinds[target], kind, link),
        )
        if ends in seen:
            continue
        seen.add(ends)
        if len(seen) > MAX_EDGES:
            raise ImportUnreadable(f"At most {MAX_EDGES} connections")
        yield {"id": f"e{len(seen)}", "source": ends[0], "sourceHandle": ends[1], "target": ends[2],
               "targetHandle": ends[3]}  # fmt: skip


def _links(connections: Mapping[str, Any]) -> Iterator[tuple[str, str, int, Mapping[str, Any]]]:
    """Yield (source's name, kind, place of the output, {node, type, index})."""
    for name, outputs in connections.items():
        for kind, lists in outputs.items() if isinstance(outputs, dict) else ():
            for place, links in enumerate(lists if isinstance(lists, list) else ()):
                for link in links if isinstance(links, list) else ():
                    if isinstance(link, dict):
                        yield name, str(kind)[:100], place, link


def _output(node_kind: str, kind: str, place: int, *, asks_error: bool) -> str:
    if kind != "main":
        return kind
    named = OUTPUTS.get(node_kind, ("main",))
    if place < len(named):
        return named[place]
    return "error" if asks_error and place == len(named) else f"output_{place + 1}"


def _input(node_kind: str, kind: str, link: Mapping[str, Any]) -> str:
    if kind != "main":
        return str(link.get("type") or kind)[:100]
    place = int(_number(link.get("index"), 0))
    return f"input_{place + 1}" if place or node_kind == "n8n-nodes-base.merge" else "main"


def _rest(document: Mapping[str, Any], ids: Mapping[str, str], made: Imported) -> None:
    """Take over settings, tags, description and pinned outputs."""
    found = document.get("settings")
    given: dict[str, Any] = found if isinstance(found, dict) else {}
    settings: dict[str, Any] = {}
    timezone, limit_s = given.get("timezone"), _number(given.get("executionTimeout"), 0)
    if isinstance(timezone, str) and timezone not in ("", "DEFAULT"):
        try:
            zone(timezone)
            settings["timezone"] = timezone
        except ValueError:
            made.warnings.append(f"{timezone[:60]!r} is no time zone")
    if 0 < limit_s <= 86_400:
        settings["timeout_s"] = limit_s
    if given.get("errorWorkflow"):
        made.warnings.append("The workflow for errors has to be chosen anew")
    left = sorted(str(key)[:60] for key in given.keys() - SETTINGS_TAKEN - {"errorWorkflow"})
    if left:
        made.warnings.append(f"Settings that are not taken over: {', '.join(left[:20])}")
    made.fields["settings"] = settings
    tags = document.get("tags")
    names = (tag.get("name") if isinstance(tag, dict) else tag for tag in (tags if isinstance(tags, list) else ()))
    made.fields["tags"] = list(dict.fromkeys(str(name)[:60] for name in names if name))[:50]
    made.fields["description"] = str(document.get("description") or "")[:10_000]
    pins = document.get("pinData")
    made.fields["pinned_data"] = {
        ids[name]: {"main": [_item(item) for item in items]}
        for name, items in (pins.items() if isinstance(pins, dict) else ())
        if name in ids and isinstance(items, list)
    }


def _item(item: Any) -> dict[str, Any]:
    """Return a pinned item; n8n keeps files inside, which pinned data of ours does not."""
    json = item["json"] if isinstance(item, dict) and isinstance(item.get("json"), dict) else item
    return {"json": json if isinstance(json, dict) else {"value": json}}
