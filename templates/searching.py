"""Search over the gallery, and what is like a template, by text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from templates.domain.likeness import LEAST, Search, Words, weighed
from templates.models import CATEGORIES, Template

MOST_LOOKED_AT = 5_000
TEXTS = ("name", "description", "readme", "tags", "category", "node_kinds")


@dataclass(frozen=True, slots=True)
class Match:
    template_id: UUID
    score: float
    matched_by: tuple[str, ...]  # "text", "meaning"


def search(rows: QuerySet[Template], query: str) -> list[Match]:
    """Return the templates that answer a query, the best first."""
    candidates = _candidates(rows)
    return _ranked(candidates, Search(query))


def similar(rows: QuerySet[Template], template: Template, most: int) -> list[Match]:
    """Return the templates that are most like one, the best first."""
    candidates = [one for one in _candidates(rows) if one.pk != template.pk]
    told = " ".join([template.name, *template.tags, template.category, *template.node_kinds])
    return _ranked(candidates, Search(told))[:most]


def _candidates(rows: QuerySet[Template]) -> list[Template]:
    return list(rows.select_related(None).order_by("-created_at").only("pk", *TEXTS)[:MOST_LOOKED_AT])


def _ranked(candidates: Iterable[Template], by_text: Search) -> list[Match]:
    scored = ((template, by_text.score(_words(template))) for template in candidates)
    found = [Match(template.pk, round(score, 4), ("text",)) for template, score in scored if score >= LEAST]
    return sorted(found, key=lambda match: (-match.score, str(match.template_id)))


def _words(template: Template) -> Words:
    return weighed(
        [
            (template.readme[:4000], 0.4),
            (template.description, 0.7),
            (" ".join(template.node_kinds), 0.5),
            (CATEGORIES.get(template.category, ""), 0.6),
            (" ".join(template.tags), 0.9),
            (template.name, 1.0),
        ]
    )
