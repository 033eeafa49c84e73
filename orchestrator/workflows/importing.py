"""Files in and out: which format a file has, what it came to, and the file of a workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from compiler.definition import Definition, kinds_of, read
from compiler.diagnostics import InvalidDefinition
from core.access.reach import of_account
from core.json import NotStorable, loads
from core.models import User
from credentials.models import Credential
from nodes.catalogues import catalogue_for
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.models import Workflow
from orchestrator.workflows import n8n, portable_file, saving
from orchestrator.workflows.file_texts import read_yaml
from orchestrator.workflows.imported_file import Imported, ImportUnreadable, refuse_prototypes, texts_in

LATER = {"dify": "Dify", "langflow": "Langflow"}
SOURCES = ("auto", "heddle", "n8n", *LATER)


def parsed(document: Any, source: str, owner_id: UUID) -> Imported:
    """Return what a file came to, which may be an object, or a text of JSON or YAML.

    Raises: ImportUnreadable, TooManyCompilations.
    """
    document = n8n.unwrapped(_opened(document, owner_id) if isinstance(document, str) else document)
    if not isinstance(document, dict):
        raise ImportUnreadable("The file is not an object with nodes")
    refuse_prototypes(document)
    found = _source_of(document) if source == "auto" else source
    if found in LATER:
        raise ImportUnreadable(f"Files of {LATER[found]} cannot be read yet")
    if found == "n8n":
        return n8n.convert(document)
    if found == "heddle" and portable_file.is_portable(document):
        return portable_file.read_portable(document)
    raise ImportUnreadable("This is no file of a workflow that is known here")


def _opened(text: str, owner_id: UUID) -> Any:
    try:
        return loads(text)
    except NotStorable as exc:
        if text.lstrip()[:1] in ("{", "["):
            raise ImportUnreadable(f"The file is not JSON: {exc}") from exc
    with admission.one_turn(owner_id, wait_s=admission.PREVIEW_WAIT_S) as turn:
        turn.count(len(text))
        return read_yaml(text)


def _source_of(document: Mapping[str, Any]) -> str:
    if "heddle" in document:
        return "heddle"
    if n8n.is_n8n(document):
        return "n8n"
    if document.get("kind") == "app" and "app" in document:
        return "dify"
    data = document.get("data")
    if isinstance(data, dict) and isinstance(data.get("nodes"), list):
        return "langflow"
    return "heddle"


def looked_through(made: Imported, owner_id: UUID) -> Definition:
    """Return the graph of a file, with what its nodes are in the report. Raises: ImportUnreadable."""
    try:
        definition = read({key: made.fields.get(key, []) for key in ("nodes", "edges")})
    except InvalidDefinition as exc:
        raise ImportUnreadable(exc.message, **exc.details) from exc
    if made.source == "heddle":
        known = catalogue_for(owner_id, kinds_of(definition))
        for node in definition.nodes:
            if node.type == "note" or known.newest(node.type) is not None:
                made.nodes_mapped += 1
            else:
                made.placeholders.append({"node_id": node.id, "label": node.data.label, "original_type": node.type})
            made.expressions_total += sum("{{" in text for _, text in texts_in(node.data.params))
    return definition


def store(*, actor: User, made: Imported, fields: Mapping[str, Any], name: str | None, dry_run: bool) -> Workflow:
    """Make a workflow of a file's fields; of a dry run nothing stays. Raises: NameTaken, InvalidDefinition."""
    with transaction.atomic():
        kept = {**fields, "name": name or _free_name(actor, str(fields.get("name") or "Imported workflow"))}
        workflow = saving.create(actor=actor, source="import", **kept)
        transaction.set_rollback(dry_run)
    return workflow


def _free_name(actor: User, wanted: str) -> str:
    taken = set(selectors.workflows_of(actor).filter(name__startswith=wanted[:100]).values_list("name", flat=True))
    number, candidate = 1, wanted
    while candidate in taken:
        number += 1
        candidate = f"{wanted[:112]} ({number})"
    return candidate


def export(workflow: Workflow, version: str | None) -> dict[str, Any]:
    """Return the portable file of the working copy, or of a version. Raises: Missing."""
    document = selectors.document_of(workflow)
    if version not in (None, "", "current"):
        _, found = selectors.definition_for(workflow, version)
        assert found is not None  # noqa: S101 (a version that is named is found, or missing)
        document = selectors.document_of_version(found)
    about = {"name": workflow.name, "description": workflow.description, "tags": workflow.tags}
    return portable_file.exported(document, about, needed(read(document), workflow.owner_id))


def needed(definition: Definition, owner_id: UUID) -> Iterator[dict[str, Any]]:
    """Yield where the graph needs a credential, of which type, and what the one there is called."""
    catalogue = catalogue_for(owner_id, kinds_of(definition))
    named = {value for node in definition.nodes for value in node.data.credentials.values() if value}
    rows = Credential.objects.filter(of_account(owner_id), pk__in=[one for one in named if _is_id(one)])
    known = {str(row.pk): row for row in rows}
    for node in definition.nodes:
        node_type = catalogue.find(node.type, node.data.version)
        slots = {slot.name: slot for slot in node_type.credentials} if node_type else {}
        required = {name for name, slot in slots.items() if slot.required}
        for slot in sorted(required | {name for name, value in node.data.credentials.items() if value}):
            row = known.get(node.data.credentials.get(slot) or "")
            kind = row.type if row else next(iter(slots[slot].types), "") if slot in slots else ""
            yield {"node_id": node.id, "slot": slot, "type": kind, "name": row.name if row else ""}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
