"""Questions to documents over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.web.views import ActorView
from inference.search import answering, searching
from inference.search.serializers import QueryInput, QueryOutput, SearchInput, SearchOutput, asked_of


class RagSearchView(ActorView):
    """Places in documents, by meaning and by words."""

    key_scope = "read"

    @extend_schema(request=SearchInput, responses=SearchOutput)
    def post(self, request: Request) -> Response:
        found = searching.search(self.actor, asked_of(self.body(SearchInput)))
        return Response(SearchOutput(found).data)


class RagQueryView(ActorView):
    """An answer from documents, with its sources."""

    key_scope = "run"

    @extend_schema(request=QueryInput, responses=QueryOutput)
    def post(self, request: Request) -> Response:
        given = self.body(QueryInput)
        credential_id = given.get("credential_id")
        made = answering.answer(
            self.actor, asked_of(given), model=given.get("model"),
            credential_id=str(credential_id) if credential_id else None,
        )  # fmt: skip
        return Response(QueryOutput(made).data)
