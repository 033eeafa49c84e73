"""In which language a text is written, by the letters in it; loaded at first use, in a process of its own."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

LOOKED_AT = 5000  # characters: what follows is in the same language
SURE = 0.8
COST_MS = 1000.0  # of the first text in a process: it always leaves the loop


def language_of(text: str) -> list[Any]:
    """Return [ISO 639-1 code, how sure it is from 0 to 1]; the code is None where a text is too short to tell."""
    code, sure = _identifier().classify(text[:LOOKED_AT])
    return [str(code) if sure >= SURE else None, float(sure)]


@cache
def _identifier() -> Any:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each thread would take address space of the process
    from py3langid import langid  # noqa: PLC0415 (75 MB, which only who asks for a language pays)

    identifier: Any = langid.LanguageIdentifier  # it says nothing of its types
    return identifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
