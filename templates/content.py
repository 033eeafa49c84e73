"""What of a workflow a template shows: made anew each time, by one road, for publishing and following."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from compiler.definition import NOTE, Definition, read
from core.errors import Unprocessable
from core.json import canonical
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.compiling.sub_workflows import tables_for
from orchestrator.models import Workflow
from orchestrator.workflows import importing
from templates.domain.documents import Finding, Masked, scrubbed_graph
from templates.domain.fields import fields_of
from templates.domain.texts import Known

MOST_LISTED = 200


class SecretRemains(Unprocessable):
    """A value that the account keeps secret stands in the graph in a form that cannot be masked."""

    code = "secret_remains"


@dataclass(frozen=True, slots=True)
class Content:
    """A graph as others may see it, and what they need to use it."""

    graph: dict[str, Any]
    credentials_needed: list[dict[str, Any]]
    fields: list[dict[str, Any]]
    masked: list[dict[str, Any]]
    findings: list[Finding]
    node_kinds: list[str]

    @property
    def hash(self) -> str:
        """Tell two contents apart; how a canvas was last looked at is not part of them."""
        kept = {key: self.graph[key] for key in ("nodes", "edges", "settings")}
        return hashlib.sha256(canonical({**kept, "needs": self.credentials_needed, "fields": self.fields})).hexdigest()


def content_of(workflow: Workflow, known: Known) -> Content:
    """Return what a template shows of a workflow's working copy. Raises: InvalidDefinition, SecretRemains."""
    document = selectors.document_of(workflow)
    made = scrubbed_graph(document, known)
    if known.secrets.stand_in(canonical(made.value)):
        raise SecretRemains("A value of one of your credentials stands in the workflow: take it out first")
    definition = read(document)
    ids = {old["id"]: new["id"] for old, new in zip(document["nodes"], made.value["nodes"], strict=True)}
    fields = fields_of(workflow.modifiable_fields, document["nodes"], ids, _renamed(made.masked, ids))
    return Content(
        graph=made.value,
        credentials_needed=_needs(definition, workflow, ids),
        fields=[one.shown(made.value["nodes"]) for one in fields],
        masked=[asdict(one) for one in _renamed(made.masked, ids)][:MOST_LISTED],
        findings=[replace(one, node_id=ids.get(one.node_id or "")) for one in made.findings],
        node_kinds=sorted({node.type for node in definition.nodes if node.type != NOTE}),
    )


def check(workflow: Workflow) -> None:
    """Compile the working copy. Raises: CompilationFailed, TooManyCompilations."""
    definition = read(selectors.document_of(workflow))
    tables = tables_for(workflow.owner_id, definition, workflow)
    admission.checked(workflow.owner_id, definition, tables)


def _renamed(masked: Iterable[Masked], ids: Mapping[str, str]) -> list[Masked]:
    return [Masked(ids.get(one.node_id or ""), one.field, one.kind) for one in masked]


def _needs(definition: Definition, workflow: Workflow, ids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return where a credential is needed and of which type; what the owner calls his is left out."""
    return [
        {**one, "node_id": ids[one["node_id"]], "name": ""} for one in importing.needed(definition, workflow.owner_id)
    ]
