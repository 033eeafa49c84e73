"""Filters of lists: strict, comma means or, ordering with ids to break ties."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from core.errors import Invalid

ASKED_OF_ANY_LIST = frozenset({"page", "page_size", "search", "ordering"})


class StrictFilters(filters.DjangoFilterBackend):
    """django-filter's backend; a value it cannot read, and a filter there is not, is 400.

    A view says in `other_parameters` what it reads beside its filters.
    """

    def filter_queryset(  # type: ignore[override]  # the REST framework calls it with its own kind of request
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        filterset = self.get_filterset_class(view, queryset)
        if filterset is not None:
            known = {*filterset.base_filters, *ASKED_OF_ANY_LIST, *getattr(view, "other_parameters", ())}
            if unknown := sorted(set(request.query_params) - known):
                raise Invalid(
                    f"There is no such filter: {', '.join(unknown)[:200]}",
                    errors=[
                        {"field": name[:100], "code": "unknown", "message": f"One of: {', '.join(sorted(known))}."}
                        for name in unknown[:20]
                    ],
                )
        found: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return found


class MomentField(IsoDateTimeField):
    """A moment in any offset, as one in UTC: what has no place there is no moment."""

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        try:
            return found.astimezone(UTC) if found is not None else None
        except (OverflowError, ValueError) as exc:
            raise ValidationError("This is no moment.", code="invalid") from exc


class Moment(filters.IsoDateTimeFilter):
    field_class = MomentField


class ManyOf(filters.BaseInFilter, filters.ChoiceFilter):
    """One or several choices, joined by commas."""


class IdFilter(filters.UUIDFilter):
    """An id: one that is not visible finds nothing, one that is no UUID is refused."""


class Search(BaseFilterBackend):
    """`?search=` over `view.search_fields`."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        fields = getattr(view, "search_fields", ())
        text = request.query_params.get("search", "").strip()[:200]
        if not fields or not text:
            return queryset
        if "\x00" in text:
            return queryset.none()  # no text that is stored holds it
        found = Q()
        for field in fields:
            found |= Q(**{f"{field}__icontains": text})
        return queryset.filter(found)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        if not getattr(view, "search_fields", ()):
            return []
        return [{"name": "search", "in": "query", "required": False, "schema": {"type": "string"}}]


class Ordering(BaseFilterBackend):
    """`?ordering=-created_at` over `view.ordering_fields` (name on the wire → field)."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        fields: dict[str, str] = getattr(view, "ordering_fields", {})
        if not fields:
            return queryset
        wanted = str(request.query_params.get("ordering") or getattr(view, "default_ordering", "-created_at"))
        order: list[str] = []
        for name in wanted.split(","):
            bare = name.removeprefix("-")
            if bare not in fields:
                raise Invalid(f"One of: {', '.join(sorted(fields))}.", field="ordering", reason="invalid_choice")
            order.append(("-" if name.startswith("-") else "") + fields[bare])
        return queryset.order_by(*order, "-pk" if order[-1].startswith("-") else "pk")

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        fields = getattr(view, "ordering_fields", {})
        if not fields:
            return []
        choices = [sign + name for name in fields for sign in ("", "-")]
        return [{"name": "ordering", "in": "query", "required": False, "schema": {"type": "string", "enum": choices}}]
