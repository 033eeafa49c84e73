"""Rules about single nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from compiler.diagnostics import Diagnostic
from compiler.expressions import asked
from compiler.graph import Graph, Node
from compiler.params import diagnostics_of
from core.values.hosts import host_of, is_named, readable_parts
from nodes.base import CredentialSlot, NodeType

_FIXED_HOST = re.compile(r"https?://[^{}/?#\\\s@]+[/?#]")
RESERVED_QUEUES = frozenset({"workflows", "default", "celery", "unacked", "unacked_index", "unacked_mutex"})


def types_are_known(graph: Graph) -> Iterator[Diagnostic]:
    for node in graph.all_nodes.values():
        if node.type is None:
            yield Diagnostic(
                "unknown_node_type", f"There is no node type {node.kind!r} of version {node.version}", node.id, "type"
            )


def params_fit(graph: Graph) -> Iterator[Diagnostic]:
    for node in graph.all_nodes.values():
        if node.template is not None:
            found = diagnostics_of(node.id, node.template)
            yield from (one for one in found if node.type is None or not is_about_rounds(node.type, one))


def loops_are_limited(graph: Graph) -> Iterator[Diagnostic]:
    for node in graph.all_nodes.values():
        if node.template is not None and node.type is not None:
            for found in diagnostics_of(node.id, node.template):
                if is_about_rounds(node.type, found):
                    text = f"{node.label} needs a number of rounds from 1 to 1000 as its limit"
                    yield Diagnostic("loop_limit", text, node.id, found.field)


def is_about_rounds(node_type: NodeType[Any], found: Diagnostic) -> bool:
    return node_type.loop_handle is not None and found.field == "params.max_loop_count"


def disabled_nodes_are_named(graph: Graph) -> Iterator[Diagnostic]:
    for node in graph.all_nodes.values():
        if node.settings.disabled:
            yield Diagnostic("disabled_node", f"{node.label} is disabled", node.id, severity="warning")


def queues_can_take_nodes(graph: Graph) -> Iterator[Diagnostic]:
    for node in graph.all_nodes.values():
        queue = node.settings.queue
        if queue is not None and node.type is not None and not node.type.can_move:
            text = f"{node.label} needs its run beside it and cannot be sent to a queue"
            yield Diagnostic("invalid_config", text, node.id, "settings.queue")
        elif queue in RESERVED_QUEUES:
            yield Diagnostic("invalid_config", f"The name {queue!r} is taken", node.id, "settings.queue")


def settings_act(graph: Graph) -> Iterator[Diagnostic]:
    """A setting that would do nothing on its node is refused, not dropped without a word.

    Who writes a workflow is told so; a worker, which knows no tables, still runs what was deployed with such a setting.
    """
    if graph.tables.workflows is None:
        return
    for node in graph.all_nodes.values():
        if node.type is None or node.settings.disabled:
            continue
        if node.id in graph.helpers:
            yield from _helper_settings(node)
            continue
        given = {"retry": node.settings.retry.max_attempts > 1, "timeout_s": node.settings.timeout_s is not None}
        for name, is_set in given.items():
            if is_set and name not in node.type.obeys:
                text = f"{name} does nothing on {node.label}: take it away"
                yield Diagnostic("invalid_config", text, node.id, f"settings.{name}")
        if node.settings.cache_ttl_s is not None and not node.type.keeps_results(node.params):
            text = f"cache_ttl_s does nothing on {node.label}: what it does is done each time. Take it away"
            yield Diagnostic("invalid_config", text, node.id, "settings.cache_ttl_s")
        handled = any(edge.source_handle == "error" for edge in graph.outgoing[node.id])
        if node.settings.on_error == "continue" and not handled and node.type.onward(node.params) is None:
            text = f"{node.label} has several outputs, and none that a failure could go on by: connect its error output"
            yield Diagnostic("invalid_config", text, node.id, "settings.on_error")


def _helper_settings(node: Node) -> Iterator[Diagnostic]:
    """A helper is neither tried again nor handled by itself: its step sees what became of it."""
    is_timed = node.known_type.gives is None or "timeout_s" in node.known_type.obeys
    given = {
        "retry": node.settings.retry.max_attempts > 1, "on_error": node.settings.on_error != "fail",
        "queue": node.settings.queue is not None, "cache_ttl_s": node.settings.cache_ttl_s is not None,
        "timeout_s": node.settings.timeout_s is not None and not is_timed,
    }  # fmt: skip
    for name, is_set in given.items():
        if is_set:
            text = f"{name} does nothing on {node.label}, which is a helper: take it away"
            yield Diagnostic("invalid_config", text, node.id, f"settings.{name}")


def deprecated_types_are_named(graph: Graph) -> Iterator[Diagnostic]:
    for node in graph.all_nodes.values():
        if node.type is not None and node.type.deprecated:
            yield Diagnostic("deprecated_node", f"The node type {node.kind} is deprecated", node.id, severity="warning")


def types_have_hints(graph: Graph) -> Iterator[Diagnostic]:
    """What a node type itself says of its params and the outputs that lead somewhere."""
    for node in graph.all_nodes.values():
        if node.type is None or node.settings.disabled:
            continue
        is_helper = node.id in graph.helpers
        connected = set(node.type.output_names(node.params)) if is_helper else _connected(graph, node)
        for hint in node.type.hints(node.params, connected):
            yield Diagnostic(hint.code, f"{node.label}: {hint.message}", node.id, hint.field, severity="warning")


def _connected(graph: Graph, node: Node) -> set[str]:
    return {edge.source_handle for edge in graph.outgoing[node.id]}


def people_can_answer(graph: Graph) -> Iterator[Diagnostic]:
    """An account that is switched off and one that never was read the same: nobody learns which ids exist."""
    if graph.tables.people is None:
        return
    for node in graph.all_nodes.values():
        for field, user_id in node.type.people(node.params) if node.type is not None else ():
            if user_id not in graph.tables.people:
                text = f"{node.label} asks {user_id}, who has no active account"
                yield Diagnostic("unknown_person", text, node.id, field, severity="warning")


def credentials_are_there(graph: Graph) -> Iterator[Diagnostic]:
    """A credential that is gone and one that is somebody else's read the same: nobody learns which ids exist."""
    for node in graph.all_nodes.values():
        if node.type is None:
            continue
        slots = {slot.name: slot for slot in node.type.credential_slots(node.params)}
        known = {slot.name for slot in node.type.credentials}
        for name in node.credentials.keys() - known:
            yield Diagnostic(
                "invalid_config", f"{node.label} takes no credential {name!r}", node.id, f"credentials.{name}"
            )
        for name, slot in slots.items():
            yield from _slot(graph, node, name, slot)


def credentials_fit_addresses(graph: Graph) -> Iterator[Diagnostic]:
    """An address that is written out is one that the node's credential may be sent to, or the node will fail."""
    for node in graph.all_nodes.values():
        url = node.params.get("url")
        if not isinstance(url, str) or "{{" in url or not readable_parts(url).hostname:
            continue
        for name, credential_id in node.credentials.items():
            hosts = graph.tables.credential_hosts.get(credential_id)
            if hosts and not is_named(url, hosts):
                text = (
                    f"The hosts of this credential do not name {host_of(url)} as it is called here. "
                    "A host without a scheme and a port means https and its own port; another is written out"
                )
                yield Diagnostic("credential_host_mismatch", text, node.id, f"credentials.{name}", severity="warning")


def credentials_go_where_their_author_says(graph: Graph) -> Iterator[Diagnostic]:
    """A model chooses no host for a credential that may go to any: what it has read may have told it which."""
    for node in graph.all_nodes.values():
        url = node.params.get("url")
        if not isinstance(url, str) or asked.NAME not in url or _FIXED_HOST.match(url):
            continue
        for name, credential_id in node.credentials.items():
            is_known = credential_id in (graph.tables.credential_types or {})
            if is_known and not graph.tables.credential_hosts.get(credential_id):
                text = (
                    "A model may choose where this credential is sent: write scheme and host of the address out, up to "
                    "a slash, or name the hosts of the credential"
                )
                yield Diagnostic("credential_host_open", text, node.id, f"credentials.{name}")


def _slot(graph: Graph, node: Node, name: str, slot: CredentialSlot) -> Iterator[Diagnostic]:
    field, credential_id = f"credentials.{name}", node.credentials.get(name)
    if not credential_id:
        if slot.required:
            yield Diagnostic("missing_credential", "A credential is needed here", node.id, field)
        return
    if graph.tables.credential_types is None:
        return
    found = graph.tables.credential_types.get(credential_id)
    if found is None:
        yield Diagnostic("missing_credential", "This credential does not exist", node.id, field)
    elif found not in slot.types:
        yield Diagnostic("credential_type_mismatch", f"A credential of type {found} does not fit here", node.id, field)
