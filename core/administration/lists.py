"""Lists of tables of any size: nothing is counted beyond a bound, and the newest rows are found along the key."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import connection, models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from core.ids import first_id
from core.json import dumps

MOST = 5_000  # rows that a list leads to; the others are found by search and filters


def estimated_rows(table: str) -> int:
    """Return how many rows the database believes a table to have; -1 where it never looked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [f'"{table}"'])
        found = cursor.fetchone()
    return int(found[0]) if found else -1


class BoundedPages(Paginator):  # type: ignore[type-arg]  # generic for the type checker only
    """Pages of the first rows of a list."""

    @cached_property
    def count(self) -> int:
        asked: Any = self.object_list
        rows: QuerySet[Any] = asked.order_by()
        if not rows.query.where and estimated_rows(rows.model._meta.db_table) >= MOST:
            return MOST
        return rows.values("pk")[:MOST].count()


class Listing(ChangeList):
    """A list that says where it does not show all, and leads to rows whose key is of several columns or of bytes."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        if self.result_count >= MOST:
            self.title = f"{self.title} (the newest {MOST:,}; search and filters find the others)"

    def url_for_result(self, result: models.Model) -> str:
        if isinstance(self.lookup_opts.pk, models.BinaryField):
            key = bytes(result.pk).hex()
        elif isinstance(self.lookup_opts.pk, models.CompositePrimaryKey):
            key = quote(dumps([str(part) for part in result.pk]).decode())
        else:
            return super().url_for_result(result)
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=(key,))


class MadeWithin(SimpleListFilter):
    """When a row was made, by its id: ids are ordered by time, and the key is an index."""

    title = "made within"
    parameter_name = "within"
    column = "pk"
    SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(30)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, f"a {name}" if name != "hour" else "an hour") for name in self.SPANS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        span = self.SPANS.get(self.value() or "")
        return queryset if span is None else queryset.filter(**{f"{self.column}__gte": first_id(timezone.now() - span)})


def one_of(name: str, values: tuple[str, ...], label: str = "") -> type[SimpleListFilter]:
    """Return a filter by values of a column that are known: a list of those in the table would read all of it."""

    class OneOf(SimpleListFilter):
        title = label or name.replace("_", " ")
        parameter_name = name

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, value) for value in values]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{name: self.value()}) if self.value() in values else queryset

    return OneOf
