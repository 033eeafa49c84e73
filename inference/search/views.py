"""Questions to documents over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.web.views import ActorView
from inference.search import searching
from inference.search.serializers import SearchInput, SearchOutput, asked_of


class RagSearchView(ActorView):
    """Places in documents, by meaning and by words."""

    @extend_schema(request=SearchInput, responses=SearchOutput)
    def post(self, request: Request) -> Response:
        found = searching.search(self.actor, asked_of(self.body(SearchInput)))
        return Response(SearchOutput(found).data)
