"""What an editor may not make a workflow do with what is its owner's alone.

Runs are made on the owner's account, so a node's credential is opened whoever wrote the node. Who may change where it
is sent could send it to himself. So for whoever is not the owner:

- a credential he may not use himself stays in the nodes where it is, and is put into no other;
- one that goes to named hosts only may be called differently there; one that goes to any host keeps its node as it is,
  and where that node's params are computed, the whole graph, since what comes before decides where it goes;
- a workflow that he may not run himself is called only where it was called before;
- a data table is the workflow's own, or one that it used before.

A version that is stored has passed this, or is the owner's: bringing it back needs no look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from compiler.definition import Definition, NodeSpec, read
from compiler.graph import link
from core.access import reach
from core.access.roles import Role
from core.datastore import tables
from core.errors import Forbidden, Missing
from core.models import User
from credentials import services as credentials
from credentials.models import Credential
from executor.models import Execution
from nodes.registry import builtin_catalogue
from orchestrator import selectors
from orchestrator.models import Workflow

DATA_TABLE = "data_table"


class CredentialGuarded(Forbidden):
    """It would use the owner's credential as the owner has not allowed."""

    code = "credential_guarded"


class WorkflowGuarded(Forbidden):
    """It would call a workflow of the owner's that the actor may not run."""

    code = "workflow_guarded"


class TableGuarded(Forbidden):
    """It would use a data table of the owner's account that the workflow has not used so far."""

    code = "table_guarded"


def check_change(*, actor: User, workflow: Workflow, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Check what somebody makes of a workflow; both sides are its fields by name.

    Raises: CredentialGuarded, WorkflowGuarded, TableGuarded.
    """
    if reach.role_on(actor, workflow) is Role.OWNER:
        return
    old, new = read(_graph(before)), read(_graph(after))
    lent = _Lent(actor, [*new.nodes], str(after["llm"].get("credential_id") or ""))
    if after["llm"] != before["llm"] and not lent.has(after["llm"].get("credential_id")):
        raise CredentialGuarded("This credential is not yours to choose", node_ids=[])
    were = {node.id: node for node in old.nodes}
    for node, slot, credential_id in lent.foreign():
        was = were.get(node.id)
        if was is None or was.type != node.type or was.data.credentials.get(slot) != credential_id:
            raise CredentialGuarded(f"{node.data.label or node.id}: this credential is not yours to use here",
                                    node_ids=[node.id])  # fmt: skip
        if lent.goes_anywhere(credential_id) and _work(was) != _work(node):
            raise CredentialGuarded(_frozen(node), node_ids=[node.id])
    if old.hash != new.hash or before["pinned_data"] != after["pinned_data"]:
        _check_computed(lent)
    _check_calls(actor, workflow, old, new, before, after)
    _check_tables(workflow, old, new)


def check_data(*, actor: User, row: Workflow | Execution, definition: Definition) -> None:
    """Check that somebody may put data in place of what nodes give, in a run of this row. Raises: CredentialGuarded."""
    if reach.role_on(actor, row) is not Role.OWNER:
        _check_computed(_Lent(actor, [*definition.nodes]))


def fields_of(workflow: Workflow) -> dict[str, Any]:
    """Return what `check_change` looks at of a workflow as it is."""
    return {**selectors.document_of(workflow), "pinned_data": workflow.pinned_data, "llm": workflow.llm}


def _graph(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: fields[key] for key in selectors.GRAPH_KEYS}


def _work(node: NodeSpec) -> tuple[Any, ...]:
    """Return what a node does; its label and its place are not of it."""
    return (node.type, node.data.version, node.data.params, node.data.credentials, node.data.settings)


def _frozen(node: NodeSpec) -> str:
    return (
        f"{node.data.label or node.id} uses a credential of the owner's that may go to any host, so it stays as it is. "
        "The owner can say which hosts the credential is for, or lend it to you"
    )


def _check_computed(lent: _Lent) -> None:
    for node, _, credential_id in lent.foreign():
        if lent.goes_anywhere(credential_id) and _is_computed(node.data.params):
            raise CredentialGuarded(_frozen(node), node_ids=[node.id])


def _is_computed(value: Any) -> bool:
    if isinstance(value, str):
        return "{{" in value
    if isinstance(value, Mapping):
        return any(_is_computed(one) for one in value.values())
    return isinstance(value, (list, tuple)) and any(_is_computed(one) for one in value)


def _check_calls(
    actor: User, workflow: Workflow, old: Definition, new: Definition, before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:  # fmt: skip
    known = {*_called(old, before), str(workflow.pk)}
    for workflow_id in sorted(_called(new, after) - known):
        try:
            selectors.workflow_for(actor, UUID(workflow_id), needs=Role.RUNNER)
        except (ValueError, Missing, Forbidden) as exc:
            raise WorkflowGuarded("It would call a workflow that you may not run", workflow_id=workflow_id) from exc


def _check_tables(workflow: Workflow, old: Definition, new: Definition) -> None:
    """Refuse tables of the account that the workflow did not use before, and names that are computed anew."""
    known: set[str] | None = None
    for node in new.nodes:
        name = str(node.data.params.get("table") or "")
        if node.type != DATA_TABLE or not name or name in _tables(old):
            continue
        known = tables.named_of_workflow(workflow.pk) if known is None else known
        if name not in known:
            message = f"{node.data.label or node.id} would use a table that is not this workflow's own"
            raise TableGuarded(message, node_ids=[node.id])


def _tables(definition: Definition) -> set[str]:
    return {str(node.data.params.get("table") or "") for node in definition.nodes if node.type == DATA_TABLE}


def _called(definition: Definition, fields: Mapping[str, Any]) -> set[str]:
    named = {workflow_id for _, _, workflow_id in link(definition, builtin_catalogue()).called() if workflow_id}
    on_error = fields["settings"].get("error_workflow_id")
    return named | ({str(on_error)} if on_error else set())


class _Lent:
    """Which of the credentials that nodes name somebody may use himself, and where the others may go."""

    def __init__(self, actor: User, nodes: list[NodeSpec], more: str = "") -> None:
        named = {str(one) for node in nodes for one in node.data.credentials.values() if one} | (
            {more} if more else set()
        )
        self._nodes = nodes
        self._usable = set(credentials.types_of(owner_id=actor.pk)) if named else set()
        rows = Credential.objects.filter(pk__in=[one for one in named - self._usable if _is_id(one)])
        self._anywhere = {str(row.pk) for row in rows if not credentials.is_bounded(row)}

    def has(self, credential_id: Any) -> bool:
        return not credential_id or str(credential_id) in self._usable

    def goes_anywhere(self, credential_id: str) -> bool:
        return credential_id in self._anywhere

    def foreign(self) -> Iterator[tuple[NodeSpec, str, str]]:
        """Yield (node, slot, id) of each credential that is not the actor's to use."""
        for node in self._nodes:
            for slot, credential_id in node.data.credentials.items():
                if credential_id and not self.has(credential_id):
                    yield node, slot, str(credential_id)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
