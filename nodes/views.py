"""The catalogue of node types over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Missing
from core.web.numbers import whole_number
from core.web.pagination import WholeCatalogue
from core.web.views import ActorView
from nodes import serializers
from nodes.catalogues import catalogue_for, version_of_whole, whole_catalogue
from nodes.presentation import categories_of, presented


class UnknownNodeType(Missing):
    code = "unknown_node_type"


class NodesView(ActorView):
    pagination_class = WholeCatalogue
    serializer_class = serializers.NodeTypeOutput
    filter_backends = []

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("category", "search", "kind")],
        responses=serializers.NodeTypeOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        etag = f'"{version_of_whole(self.actor.pk)}"'
        if request.META.get("HTTP_IF_NONE_MATCH", "") == etag:
            response = Response(status=304)
        else:
            catalogue = whole_catalogue(self.actor.pk)
            found = [presented(node_type) for kind in catalogue.kinds() if (node_type := catalogue.newest(kind))]
            page = self.paginate_queryset([entry for entry in found if _fits(entry, request)])
            response = self.get_paginated_response(page)
        response["ETag"] = etag
        return response


def _fits(entry: dict[str, object], request: Request) -> bool:
    for name in ("category", "kind"):
        wanted = request.query_params.get(name)
        if wanted and str(entry[name]) not in wanted.split(","):
            return False
    text = request.query_params.get("search", "").strip().lower()
    return not text or text in f"{entry['label']} {entry['kind']} {entry['description']} {entry['aliases']}".lower()


class CategoriesView(ActorView):
    @extend_schema(responses=serializers.CategoriesOutput)
    def get(self, request: Request) -> Response:
        return Response({"results": categories_of(whole_catalogue(self.actor.pk))})


class NodeSchemaView(ActorView):
    @extend_schema(parameters=[OpenApiParameter("version", int)], responses=serializers.NodeTypeOutput)
    def get(self, request: Request, kind: str) -> Response:
        text = request.query_params.get("version")
        version = whole_number(text, "version", message="A version number.") if text else None
        catalogue = catalogue_for(self.actor.pk, [kind])
        node_type = catalogue.find(kind, version) if version is not None else catalogue.newest(kind)
        if node_type is None:
            raise UnknownNodeType(f"There is no node type {kind[:60]!r}")
        return Response(presented(node_type))
