"""The OpenAPI document of this installation: made once, as it takes seconds."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator


@cache
def document() -> dict[str, Any]:
    """Return the document; nobody may change it."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))
