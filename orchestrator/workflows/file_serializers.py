"""Wire forms of files: what one needs, and its fields held against the same form as those from a page."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from core.errors import TooLarge
from core.values.size import json_size
from core.web.shapes import shape, text
from orchestrator.workflows.imported_file import Imported, ImportUnreadable
from orchestrator.workflows.serializers import WorkflowInput

CredentialNeeded = shape("CredentialNeeded", node_id=text(), slot=text(), type=text(), name=text())
Placeholder = shape("Placeholder", node_id=text(), label_=text(), original_type=text())


def readable(made: Imported, name: Any) -> dict[str, Any]:
    """Return the fields of a workflow, named as it is to be or as its file says. Raises: ImportUnreadable, TooLarge."""
    reader = WorkflowInput(data={**made.fields, "name": _named(name or made.fields.get("name"))})
    if not reader.is_valid():
        faults = "; ".join(f"{field}: {_first(found)}" for field, found in reader.errors.items())
        raise ImportUnreadable(f"The file cannot be read as a workflow: {faults}"[:1000])
    limit = settings.JSON_BODY_MAX_BYTES
    if json_size(reader.validated_data, limit) > limit:  # else nobody could save it again
        raise TooLarge("The workflow of this file is too large", limit_bytes=limit)
    return dict(reader.validated_data)


def _named(name: Any) -> str:
    """Return a name as a workflow may have it: one line."""
    return " ".join(str(name or "").split())[:120] or "Imported workflow"


def _first(found: Any) -> str:
    while isinstance(found, (list, dict)) and found:
        found = next(iter(found.values())) if isinstance(found, dict) else found[0]
    return str(found)
