"""What of a template is to be filled in: what its author said may be changed, and what was masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from templates.domain.documents import Masked, held_at, with_value

PARAMS = "data.params."
MODIFIABLE, MASKED = "modifiable", "masked"


@dataclass(frozen=True, slots=True)
class Field:
    """A param of a node; `field` is a dotted path in its params, `reason` is "modifiable" or "masked"."""

    node_id: str
    field: str
    label: str
    reason: str

    @property
    def key(self) -> str:
        return f"{self.node_id}.{self.field}"

    def shown(self, nodes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return it with what stands there now."""
        node = next(node for node in nodes if node["id"] == self.node_id)
        return {**asdict(self), "key": self.key, "value": held_at(node["data"].get("params"), self.field)}


def fields_of(
    modifiable: Sequence[Any], nodes: Sequence[Mapping[str, Any]], ids: Mapping[str, str], masked: Iterable[Masked]
) -> list[Field]:
    """Return what may be filled in, each place once; what the author named first. `ids` are new ids by old ones."""
    found: dict[str, Field] = {}
    for entry in modifiable:
        for field in _modifiable(entry, nodes, ids):
            found.setdefault(field.key, field)
    for one in masked:
        if one.node_id is not None and one.field.startswith(PARAMS):
            path = one.field.removeprefix(PARAMS)
            field = Field(one.node_id, path, path.rpartition(".")[2], MASKED)
            found.setdefault(field.key, field)
    return list(found.values())


def _modifiable(entry: Any, nodes: Sequence[Mapping[str, Any]], ids: Mapping[str, str]) -> Iterator[Field]:
    """Yield the param that an entry names, if any: `"node.param"`, or `{"node_id", "field", "label"?}`."""
    label = ""
    if isinstance(entry, Mapping):
        label = str(entry.get("label") or "")[:120]
        entry = f"{entry.get('node_id')}.{entry.get('field') or entry.get('param')}"
    if not isinstance(entry, str):
        return
    for node in nodes:
        prefix = f"{node['id']}."
        if entry.startswith(prefix):
            path = entry.removeprefix(prefix).removeprefix("data.").removeprefix("params.")
            if path.partition(".")[0] in ((node.get("data") or {}).get("params") or {}):
                yield Field(ids[node["id"]], path, label or path.rpartition(".")[2], MODIFIABLE)


class UnknownFields(ValueError):
    """Values were given for what may not be filled in; `names` says which."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def filled(
    nodes: Sequence[dict[str, Any]], fields: Iterable[Mapping[str, Any]], values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the nodes with values by the keys of fields. Raises: UnknownFields."""
    known = {field["key"]: field for field in fields}
    unknown = sorted(values.keys() - known.keys())
    if unknown:
        raise UnknownFields(unknown)
    by_id = {node["id"]: node for node in nodes}
    for key, value in values.items():
        field = known[key]
        node = by_id[field["node_id"]]
        params = node["data"].get("params") or {}
        by_id[node["id"]] = {**node, "data": {**node["data"], "params": with_value(params, field["field"], value)}}
    return list(by_id.values())


def is_open(field: Mapping[str, Any], nodes: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether nothing stands where a field is."""
    node = next((one for one in nodes if one["id"] == field["node_id"]), None)
    return node is not None and held_at(node["data"].get("params"), field["field"]) in (None, "", [], {})
