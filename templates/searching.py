"""Search over the gallery, and what is like a template: 60 % by meaning, 40 % by text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from templates import meaning
from templates.domain.likeness import LEAST, Search, Words, mixed, weighed
from templates.models import CATEGORIES, Template

MOST_LOOKED_AT = 5_000
READ = ("name", "description", "readme", "tags", "category", "node_kinds", "embedding", "embedding_of")


@dataclass(frozen=True, slots=True)
class Match:
    template_id: UUID
    score: float
    matched_by: tuple[str, ...]  # "text", "meaning"


def search(rows: QuerySet[Template], query: str) -> list[Match]:
    """Return the templates that answer a query, the best first."""
    candidates = _candidates(rows)
    return _ranked(candidates, Search(query), meaning.likenesses(query, candidates))


def similar(rows: QuerySet[Template], template: Template, most: int) -> list[Match]:
    """Return the templates that are most like one, the best first."""
    candidates = [one for one in _candidates(rows) if one.pk != template.pk]
    meanings = meaning.likenesses_to(template, candidates)
    told = " ".join([template.name, *template.tags, template.category, *template.node_kinds])
    return _ranked(candidates, Search(told), meanings)[:most]


def _candidates(rows: QuerySet[Template]) -> list[Template]:
    return list(rows.select_related(None).order_by("-created_at").only("pk", *READ)[:MOST_LOOKED_AT])


def _ranked(candidates: Iterable[Template], by_text: Search, meanings: Mapping[UUID, float] | None) -> list[Match]:
    found: list[Match] = []
    for template in candidates:
        text = by_text.score(_words(template))
        near = None if meanings is None else meanings.get(template.pk, 0.0)
        score = mixed(text, near)
        if score >= LEAST:
            by = {"text": text >= LEAST, "meaning": near is not None and near >= meaning.NEAR}
            found.append(Match(template.pk, round(score, 4), tuple(name for name, is_so in by.items() if is_so)))
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
