"""The templates that come with this software: one file each in `library/`, kept in step with what the gallery shows.

Loading twice changes nothing; a file that changed becomes a new version; one that is gone takes its template along.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from compiler.definition import NOTE, Definition, read
from core.json import loads_own
from nodes.registry import builtin_catalogue
from templates.content import Content
from templates.domain.documents import scrubbed_graph
from templates.domain.fields import fields_of
from templates.domain.texts import Known
from templates.models import CATEGORIES, PRODUCTION, Template
from templates.publishing import add_version

LIBRARY = Path(__file__).resolve().parent / "library"
LOCK = 0x7465_6D70  # one process loads at a time


def load(directory: Path = LIBRARY, *, now: datetime | None = None) -> tuple[int, int]:
    """Bring the gallery in step with the files; returns (how many changed, how many there are)."""
    files = sorted(directory.glob("*.json"))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        changed = sum(_load(_read(path), now or timezone.now()) for path in files)
        gone = Template.objects.filter(library_key__isnull=False).exclude(library_key__in=[path.stem for path in files])
        changed += len(gone)
        gone.delete()
    return changed, len(files)


def _read(path: Path) -> dict[str, Any]:
    """Return what a file of the library holds. Raises: ValueError where it is not as it should be."""
    file: dict[str, Any] = loads_own(path.read_bytes())
    if file["key"] != path.stem or file["category"] not in CATEGORIES:
        raise ValueError(f"{path.name}: the key is not its name, or there is no such category")
    return file


def content_of(file: dict[str, Any]) -> Content:
    """Return what a template shows of a file of the library."""
    graph = {key: file["workflow"][key] for key in ("nodes", "edges", "viewport", "settings")}
    made = scrubbed_graph(graph, Known())
    definition = read(made.value)
    ids = {node["id"]: node["id"] for node in graph["nodes"]}
    fields = fields_of(file["workflow"].get("modifiable_fields", []), graph["nodes"], ids, made.masked)
    return Content(
        graph=made.value,
        credentials_needed=list(_needs(definition)),
        fields=[one.shown(made.value["nodes"]) for one in fields],
        masked=[],
        findings=made.findings,
        node_kinds=sorted({node.type for node in definition.nodes if node.type != NOTE}),
    )


def _needs(definition: Definition) -> Iterator[dict[str, Any]]:
    catalogue = builtin_catalogue()
    for node in definition.nodes:
        node_type = catalogue.find(node.type, node.data.version)
        for slot in node_type.credentials if node_type else ():
            if slot.required:
                yield {"node_id": node.id, "slot": slot.name, "type": next(iter(slot.types), ""), "name": ""}


def _load(file: dict[str, Any], now: datetime) -> bool:
    """Write one template where it differs from its file; returns whether it did."""
    made, workflow = content_of(file), file["workflow"]
    template = Template.objects.filter(library_key=file["key"]).first() or Template(library_key=file["key"])
    fields = {
        "name": workflow["name"], "description": workflow["description"], "readme": file["readme"],
        "category": file["category"], "tags": file["tags"], "node_kinds": made.node_kinds,
    }  # fmt: skip
    newest = template.versions.filter(number=template.version).first() if not template._state.adding else None
    is_new = newest is None or newest.content_hash != made.hash
    if not is_new and all(getattr(template, name) == value for name, value in fields.items()):
        return False
    if template._state.adding:  # later it is what staff say
        template.status, template.is_featured = PRODUCTION, file["is_featured"]
    for name, value in fields.items():
        setattr(template, name, value)
    template.version += is_new
    template.updated_at = now
    template.save()
    if is_new:
        add_version(template, made, now)
    return True
