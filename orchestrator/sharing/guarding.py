"""What an editor may not make a workflow do with what is its owner's alone.

Runs are made on the owner's account, so a node's credential is opened whoever wrote the node. Who may change where it
is sent could send it to himself. So what somebody else saves, brings back, puts into service or runs is compared with
the documents that count as the owner's (`accepted`):

- a credential he may not use himself stays in the nodes where it is, and is put into no other;
- one that goes to named hosts only may be called differently there; one that goes to any host keeps its node as it is,
  and where that node's params are computed, the whole graph with its pinned data, since what comes before decides where
  it goes. So does a workflow that is called there;
- a workflow that he may not run himself is called only where it was called before;
- a file of the account is one he uploaded, or of a run of the workflow, or stood in the document before;
- a data table is the workflow's own, or one that it used before; where its name is computed, the whole graph stays;
- an MCP server is the system's, one of the editor's own, or stays in the nodes where it is, which may call it
  differently: it goes to one place only. Where it is computed, the whole graph stays;
- documents of the owner's stay with the nodes that use them, which may be asked other questions. Where it is computed
  which ones, the whole graph stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from compiler.definition import Definition, NodeSpec
from compiler.graph import link
from core.access import reach
from core.access.roles import Role
from core.datastore import tables
from core.errors import Forbidden, Missing
from core.models import Blob, User
from credentials import services as credentials
from credentials.models import Credential
from executor.models import Execution
from executor.node import files_named
from nodes.registry import builtin_catalogue
from orchestrator import selectors
from orchestrator.models import Workflow
from orchestrator.sharing import callers
from orchestrator.sharing.accepted import Accepted, Document, fields_of
from orchestrator.sharing.computed import is_computed
from orchestrator.sharing.knowledge import DocumentsGuarded, check_documents, documents_of
from orchestrator.sharing.servers import McpServerGuarded, check_servers, server_of

DATA_TABLE = "data_table"


class CredentialGuarded(Forbidden):
    """It would use the owner's credential as the owner has not allowed."""

    code = "credential_guarded"


class WorkflowGuarded(Forbidden):
    """It would call a workflow of the owner's that the actor may not run."""

    code = "workflow_guarded"


class FileGuarded(Forbidden):
    """It would use a file of the owner's account that the workflow has not used so far."""

    code = "file_guarded"


class TableGuarded(Forbidden):
    """It would use a data table of the owner's account that the workflow has not used so far."""

    code = "table_guarded"


def check_change(*, actor: User, workflow: Workflow, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Check what somebody makes of a workflow; both sides are its fields by name.

    Raises: CredentialGuarded, WorkflowGuarded, TableGuarded, FileGuarded, McpServerGuarded,
    DocumentsGuarded.
    """
    if reach.role_on(actor, workflow) is not Role.OWNER:
        _check(actor, workflow, Accepted(workflow, before), Document.of(after))


def check_version(
    *, actor: User, workflow: Workflow, definition: Definition, pinned: Mapping[str, Any] | None = None
) -> None:
    """Check that somebody may run a definition that is not the working copy, or put it into service.

    Raises: CredentialGuarded, WorkflowGuarded, TableGuarded, FileGuarded, McpServerGuarded,
    DocumentsGuarded.
    """
    if reach.role_on(actor, workflow) is not Role.OWNER:
        now = fields_of(workflow)
        _check(actor, workflow, Accepted(workflow, now), Document(definition, pinned or {}, now["llm"]))


def check_data(*, actor: User, row: Workflow | Execution, definition: Definition) -> None:
    """Check that somebody may put data in place of what nodes give, in a run of this row.

    Raises: CredentialGuarded, TableGuarded, McpServerGuarded, DocumentsGuarded.
    """
    if not may_plant(actor=actor, row=row, definition=definition):
        _refuse_computed(_Lent(actor, [*definition.nodes]))


def may_plant(*, actor: User, row: Workflow | Execution, definition: Definition) -> bool:
    """Tell whether data that somebody chose may stand in place of what nodes of a definition give."""
    if reach.role_on(actor, row) is Role.OWNER:
        return True
    return next(_Lent(actor, [*definition.nodes]).computed(), None) is None


def _check(actor: User, workflow: Workflow, accepted: Accepted, new: Document) -> None:
    lent = _Lent(actor, [*new.definition.nodes], str(new.llm.get("credential_id") or ""))
    if not lent.has(new.llm.get("credential_id")) and not any(new.llm == old.llm for old in accepted):
        raise CredentialGuarded("This credential is not yours to choose", node_ids=[])
    for node, slot, credential_id in lent.foreign():
        _check_node(lent, accepted, node, slot, credential_id)
    if not any(old.holds(new) for old in accepted):
        _refuse_computed(lent)
    _check_calls(actor, workflow, accepted, new.definition)
    _check_tables(workflow, accepted, new.definition)
    check_servers(actor, accepted, new.definition)
    check_documents(accepted, new.definition)
    if not any(old.definition.hash == new.definition.hash for old in accepted):
        _check_callers(workflow)
    _check_files(actor, workflow, accepted, new)


def _check_node(lent: _Lent, accepted: Accepted, node: NodeSpec, slot: str, credential_id: str) -> None:
    """Check a node that has a credential that is not the actor's. Raises: CredentialGuarded."""
    there = [
        was
        for old in accepted
        if (was := old.node(node.id)) and was.type == node.type and was.data.credentials.get(slot) == credential_id
    ]
    if not there:
        raise CredentialGuarded(f"{node.data.label or node.id}: this credential is not yours to use here",
                                node_ids=[node.id])  # fmt: skip
    if lent.goes_anywhere(credential_id) and all(_work(was) != _work(node) for was in there):
        raise CredentialGuarded(_frozen(node), node_ids=[node.id])


def _work(node: NodeSpec) -> tuple[Any, ...]:
    """Return what a node does; its label and its place are not of it."""
    return (node.type, node.data.version, node.data.params, node.data.credentials, node.data.settings)


def _frozen(node: NodeSpec) -> str:
    return (
        f"{node.data.label or node.id} uses a credential of the owner's that may go to any host, so it stays as it is. "
        "The owner can say which hosts the credential is for, or lend it to you"
    )


def _refuse_computed(lent: _Lent) -> None:
    """Refuse the first node that what comes before it could lead elsewhere.

    Raises: CredentialGuarded, TableGuarded, McpServerGuarded, DocumentsGuarded.
    """
    for node in lent.computed():
        if node.type == DATA_TABLE:
            message = (
                f"{node.data.label or node.id} computes which table it uses, so what comes before it stays as it is"
            )
            raise TableGuarded(message, node_ids=[node.id])
        if is_computed(server_of(node)):
            label = node.data.label or node.id
            message = f"{label} computes which MCP server it uses, so what comes before it stays as it is"
            raise McpServerGuarded(message, node_ids=[node.id])
        if _computes_documents(node):
            label = node.data.label or node.id
            message = f"{label} computes which documents it uses, so what comes before it stays as it is"
            raise DocumentsGuarded(message, node_ids=[node.id])
        raise CredentialGuarded(_frozen(node), node_ids=[node.id])


def _check_calls(actor: User, workflow: Workflow, accepted: Accepted, new: Definition) -> None:
    known = {str(workflow.pk)}
    for workflow_id in sorted(_called(new) - known):
        if any(workflow_id in _called(old.definition) for old in accepted):
            continue
        try:
            found = selectors.workflow_for(actor, UUID(workflow_id), needs=Role.RUNNER)
        except (ValueError, Missing, Forbidden) as exc:
            raise WorkflowGuarded("It would call a workflow that you may not run", workflow_id=workflow_id) from exc
        if not reach.is_of_account(workflow.owner_id, found):
            raise WorkflowGuarded("It would call a workflow of another account", workflow_id=workflow_id)


def _check_callers(workflow: Workflow) -> None:
    caller = callers.that_compute(workflow)
    if caller is not None:
        raise WorkflowGuarded(
            "Another workflow calls this one, and computes with what it gives how it calls with a credential of the "
            "owner's that may go to any host; so this one stays as it is",
            workflow_id=str(workflow.pk),
        )


def _check_files(actor: User, workflow: Workflow, accepted: Accepted, new: Document) -> None:
    """Refuse files of the account that no document named before, and that the actor may not name for its runs."""
    named = new.ids()
    if not named:
        return
    rows = Blob.objects.filter(reach.of_account(workflow.owner_id), pk__in=named)
    foreign = rows.exclude(files_named.nameable(by=actor.pk, workflow_id=workflow.pk))
    for blob_id in map(str, foreign.values_list("pk", flat=True)):
        if not any(blob_id in old.ids() for old in accepted):
            raise FileGuarded("It would use a file of the owner's that is not of this workflow's runs", blob_id=blob_id)


def _check_tables(workflow: Workflow, accepted: Accepted, new: Definition) -> None:
    """Refuse tables of the account that the workflow did not use before, and names that are computed anew.

    Names that are those of the workflow's own tables now mean those for good: no shared one comes in their place.
    """
    named = _tables(new)
    if not named:
        return
    ids, names = tables.named_of_workflow(workflow.pk)
    for node in new.nodes:
        name = _table(node)
        if not name or name in ids | names or any(name in _tables(old.definition) for old in accepted):
            continue
        message = f"{node.data.label or node.id} would use a table that is not this workflow's own"
        raise TableGuarded(message, node_ids=[node.id])
    tables.mean_own(workflow.pk, named & names)


def _tables(definition: Definition) -> set[str]:
    return {name for node in definition.nodes if (name := _table(node))}


def _table(node: NodeSpec) -> str:
    return str(node.data.params.get("table") or "") if node.type == DATA_TABLE else ""


def _called(definition: Definition) -> set[str]:
    named = {workflow_id for _, _, workflow_id in link(definition, builtin_catalogue()).called() if workflow_id}
    on_error = definition.settings.get("error_workflow_id")
    return named | ({str(on_error)} if on_error else set())


def _computes_documents(node: NodeSpec) -> bool:
    used = documents_of(node)
    return used is not None and is_computed(used)


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

    def computed(self) -> Iterator[NodeSpec]:
        """Yield the nodes that what comes before them could make use the owner's things elsewhere."""
        for node, _, credential_id in self.foreign():
            if self.goes_anywhere(credential_id) and is_computed(node.data.params):
                yield node
        for node in self._nodes:
            table = node.data.params.get("table") if node.type == DATA_TABLE else None
            if is_computed(table) or is_computed(server_of(node)) or _computes_documents(node):
                yield node


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
