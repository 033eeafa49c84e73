"""Templates by meaning: vectors of what each says of itself, made by the process of the queue `inference`.

A search asks for the vector of its question, and for those of templates that have none of this model yet.
Where nobody answers in time the answer is None and the search goes by text alone; for a while nobody is asked then.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from uuid import UUID

from core.errors import Unavailable
from inference.embeddings import asking
from inference.embeddings.vectors import Vector, packed, similarity, unpacked
from templates.models import CATEGORIES, Template

logger = logging.getLogger(__name__)
NEAR = 0.3  # a cosine from which two texts mean something alike
QUESTION_S, TEXTS_S = 3.0, 10.0  # the process may have to be started first
REST_S = 15.0  # after a silence
MOST_NEW = asking.MOST_TEXTS  # in one search
README_CHARS = 1_000

_silent_until = 0.0


def text_of(template: Template) -> str:
    """Return what a template says of itself, as a model reads it: the most telling first."""
    about = f"{template.name}. {template.description} {', '.join(template.tags)}. {CATEGORIES[template.category]}."
    return f"{about} {template.readme[:README_CHARS]}"


def likenesses(query: str, templates: Sequence[Template]) -> dict[UUID, float] | None:
    """Return how near templates are to a question, by cosine; None where no model can be asked."""
    asked = _asked([query], is_query=True, deadline_s=QUESTION_S)
    return None if asked is None else _near(asked.vectors[0], asked.model, templates)


def likenesses_to(template: Template, templates: Sequence[Template]) -> dict[UUID, float] | None:
    """Return how near templates are to another one, by cosine; None where no model can be asked."""
    asked = _asked([text_of(template)], is_query=False, deadline_s=QUESTION_S)
    return None if asked is None else _near(asked.vectors[0], asked.model, templates)


def _near(wanted: Vector, model: str, templates: Sequence[Template]) -> dict[UUID, float]:
    marks = {template.pk: _mark(model, template) for template in templates}
    known = {
        template.pk: unpacked(bytes(template.embedding))
        for template in templates
        if template.embedding is not None and template.embedding_of == marks[template.pk]
    }
    missing = [template for template in templates if template.pk not in known][:MOST_NEW]
    if missing:
        made = _asked([text_of(template) for template in missing], is_query=False, deadline_s=TEXTS_S)
        for template, vector in zip(missing, made.vectors if made is not None else (), strict=False):
            known[template.pk] = vector
            mark = marks[template.pk]
            Template.objects.filter(pk=template.pk).update(embedding=packed(vector), embedding_of=mark)
    return {pk: similarity(wanted, vector) for pk, vector in known.items() if len(vector) == len(wanted)}


def _mark(model: str, template: Template) -> str:
    """Return of which model and text a vector is."""
    return f"{model[:150]}:{hashlib.sha256(text_of(template).encode('utf-8', 'replace')).hexdigest()[:32]}"


def _asked(texts: Sequence[str], *, is_query: bool, deadline_s: float) -> asking.Embedded | None:
    global _silent_until
    if time.monotonic() < _silent_until:
        return None
    try:
        return asking.embed(texts, deadline_s=deadline_s, is_query=is_query)
    except Unavailable as exc:  # nobody answers, or the model fails
        logger.warning("templates are searched by text alone: %s", exc)
        _silent_until = time.monotonic() + REST_S
        return None
