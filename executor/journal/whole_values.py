"""Input and output of a run, handed on as the JSON text that is stored: to be shown they need not be built."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast, Coalesce

from core.json import fragment, loads_own
from executor.models.runs import IN_ORDER, Execution

UNBUILT = (*IN_ORDER, *IN_ORDER.values())
_LONG_NUMBER = re.compile(r"\d{18}")  # may be more than a client's 64 bits hold: to be read, and written as we do


def whole(row: Execution, name: str) -> Any:
    """Return a value of a run to be written into an answer: what was not loaded as its JSON text."""
    if name not in row.get_deferred_fields():
        return getattr(row, name)
    known: dict[str, str | None] = vars(row).setdefault("unbuilt", {})
    if name not in known:
        texts = Execution.objects.filter(pk=row.pk).values_list(
            *(Coalesce(text, Cast(column, TextField())) for column, text in IN_ORDER.items())
        )
        known |= zip(IN_ORDER, texts.get(), strict=True)
    text = known.pop(name)  # a row and its state hold each other until the next collection: it is not to hold this
    if text is None or text == "null":
        return None
    return loads_own(text) if _LONG_NUMBER.search(text) else fragment(text.encode())
