"""Wire forms of questions to documents."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inference.documents.models import TAG_LENGTH
from inference.documents.serializers import MOST_TAGS
from inference.search.searching import LEVELS, LIBRARY, MOST_QUERY, MOST_RESULTS, Asked


class SearchInput(serializers.Serializer[Any]):
    query = serializers.CharField(max_length=MOST_QUERY)
    level = serializers.ChoiceField(
        choices=LEVELS, default=LIBRARY, help_text="One document, your own ones, or those shared with everybody"
    )
    document_id = serializers.UUIDField(required=False, allow_null=True, help_text="Which one, at the level `file`")
    top_k = serializers.IntegerField(default=5, min_value=1, max_value=MOST_RESULTS)
    min_score = serializers.FloatField(default=0.3, min_value=0, max_value=1)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=TAG_LENGTH), default=list, max_length=MOST_TAGS,
        help_text="Documents with any of them",
    )  # fmt: skip
    created_after = serializers.DateTimeField(required=False, allow_null=True)
    created_before = serializers.DateTimeField(required=False, allow_null=True)


def asked_of(given: dict[str, Any]) -> Asked:
    names = ("query", "level", "document_id", "top_k", "min_score", "tags", "created_after", "created_before")
    return Asked(**{name: given[name] for name in names if name in given})


class PlaceOutput(serializers.Serializer[Any]):
    """A piece of a document; `highlights` are pairs of places in `text` between which a word of the question stands."""

    document_id = serializers.UUIDField()
    document_name = serializers.CharField()
    chunk_index = serializers.IntegerField()
    page = serializers.IntegerField(allow_null=True)
    headings = serializers.CharField()
    text = serializers.CharField()
    score = serializers.FloatField()
    highlights = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class SearchOutput(serializers.Serializer[Any]):
    results = PlaceOutput(many=True)
    took_ms = serializers.IntegerField()


class QueryInput(SearchInput):
    model = serializers.CharField(required=False, allow_null=True, max_length=200, help_text="Left out: your default")
    credential_id = serializers.UUIDField(required=False, allow_null=True)


class CitationOutput(serializers.Serializer[Any]):
    """`n` is the number in brackets in the answer: the place of the source, from 1."""

    n = serializers.IntegerField()
    document_id = serializers.UUIDField()
    document_name = serializers.CharField()
    page = serializers.IntegerField(allow_null=True)
    chunk_index = serializers.IntegerField()
    sentences = serializers.ListField(child=serializers.CharField())


class QueryOutput(serializers.Serializer[Any]):
    """`answer` is null where the documents do not hold one; `tokens` are those of question and answer together."""

    answer = serializers.CharField(allow_null=True)
    citations = CitationOutput(many=True)
    sources = PlaceOutput(many=True)
    model = serializers.CharField(allow_null=True)
    tokens = serializers.IntegerField()
