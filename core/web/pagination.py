"""Lists: page numbers, one shape, counting that stops at 10,000."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from core.errors import Missing
from core.web.numbers import whole_number

COUNT_LIMIT = 10_000


class Pages(BasePagination):
    """`?page=1&page_size=25`."""

    page_size = 25
    max_page_size = 100

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """Return one page. Raises: Missing for a page outside, Invalid for one that is no number."""
        self.request = request
        self.page = _number(request, "page", 1, 10**9)
        self.size = min(_number(request, "page_size", self.page_size, 10**9), self.max_page_size)
        self.count, self.exact = _counted(queryset)
        start = (self.page - 1) * self.size
        if self.page > 1 and start >= self.count:
            raise Missing("There is no such page")
        return list(queryset[start : start + self.size])

    def get_paginated_response(self, data: Any) -> Response:
        url = self.request.build_absolute_uri()
        more = self.page * self.size < self.count
        before = remove_query_param(url, "page") if self.page == 2 else replace_query_param(url, "page", self.page - 1)
        return Response(
            {
                "count": self.count,
                "count_exact": self.exact,
                "page": self.page,
                "page_size": self.size,
                "next": replace_query_param(url, "page", self.page + 1) if more else None,
                "previous": before if self.page > 1 else None,
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        nullable = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["count", "count_exact", "page", "page_size", "next", "previous", "results"],
            "properties": {
                "count": {"type": "integer"},
                "count_exact": {"type": "boolean"},
                "page": {"type": "integer"},
                "page_size": {"type": "integer"},
                "next": nullable,
                "previous": nullable,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": name, "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1}}
            for name in ("page", "page_size")
        ]


class WholeCatalogue(Pages):
    """For catalogues that a client wants in one call."""

    page_size = 500
    max_page_size = 500


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    return whole_number(text, name, least=1, most=most, message="This must be a whole number from 1 on.")


def _counted(rows: Any) -> tuple[int, bool]:
    if isinstance(rows, QuerySet):
        count = rows.order_by()[: COUNT_LIMIT + 1].count()
        return (COUNT_LIMIT, False) if count > COUNT_LIMIT else (count, True)
    entries: Sequence[Any] = rows
    return len(entries), True
