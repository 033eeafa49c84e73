"""How a model's rows are shown: to be read, without what may hold secrets or values of users.

A column of JSON, packed or of bytes is hidden unless its model says that nothing of users is in it: a new one is hidden
first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.administration.links import PEOPLE, TARGETS, email_column, linked, lists
from core.administration.lists import BoundedPages, Listing
from core.json import loads
from core.models import User

# What Django's own filters and date hierarchies ask.
FILTERS = frozenset({"exact", "isnull", "in", "year", "month", "day", "gte", "lt"})


class Rows(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    """Rows that are looked at: no adding, changing or removing."""

    safe_json: ClassVar[tuple[str, ...]] = ()  # columns of JSON in which nothing of users is
    hidden: ClassVar[tuple[str, ...]] = ()  # other columns that nobody sees
    ids: ClassVar[tuple[str, ...]] = (
        "pk",
    )  # columns that a UUID is searched for in; of a large table those with an index
    texts: ClassVar[tuple[str, ...]] = ()  # columns that anything else is searched for in
    see_also: ClassVar[tuple[tuple[str, str, str], ...]] = ()  # lists: (label, app_model, column)
    is_large = False  # then lists keep the order of the key
    ordering = ("-pk",)
    paginator = BoundedPages
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Tell whether somebody may use the actions: who may change such rows."""
        return super().has_change_permission(request)

    def is_shown(self, field: models.Field[Any, Any]) -> bool:
        if field.name in self.hidden or isinstance(field, models.CompositePrimaryKey):
            return False
        is_closed = isinstance(field, models.BinaryField) or field.get_internal_type() == "JSONField"
        return not is_closed or field.name in self.safe_json

    def shown_columns(self) -> list[models.Field[Any, Any]]:
        return [field for field in self.opts.concrete_fields if self.is_shown(field)]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        columns = [_column(field.name) for field in self.shown_columns()]
        return [*columns, self.lists_of] if self.see_also else columns

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    @admin.display(description="see also")
    def lists_of(self, row: Any) -> SafeString:
        return lists(row, self.see_also)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [_column(name) if isinstance(name, str) else name for name in super().get_list_display(request)]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow the filters that lists offer, and exact ids: any other condition would tell of what nobody sees."""
        own = {getattr(entry, "parameter_name", None) for entry in self.list_filter}
        if lookup in own:
            return True
        name, _, rest = lookup.partition("__")
        parts = rest.split("__") if rest else []
        if name in ("pk", *self.ids, *(column for _, _, column in self.see_also)):
            return parts in ([], ["exact"])
        offered = {entry for entry in self.list_filter if isinstance(entry, str)}
        if name in offered | {self.date_hierarchy}:
            return all(part in FILTERS for part in parts)
        field = next((one for one in self.shown_columns() if one.name == name), None)
        return parts in ([], ["exact"]) and (field is not None and field.get_internal_type() == "UUIDField")

    def get_sortable_by(self, request: HttpRequest) -> Any:
        return () if self.is_large else super().get_sortable_by(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Listing]:
        return Listing

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows without what is not shown, and with the e-mail addresses of those they name."""
        shown = self.shown_columns()
        unseen = [
            field.name
            for field in self.opts.concrete_fields
            if not (field.primary_key or field.is_relation or self.is_shown(field))
        ]
        people = {
            email_column(field.name): Subquery(User.objects.filter(pk=OuterRef(field.name)).values("email")[:1])
            for field in shown
            if field.name in PEOPLE
        }
        rows: QuerySet[Any] = super().get_queryset(request)
        told: QuerySet[Any] = rows.defer(*unseen).annotate(**people)
        return told

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return (*self.ids, *self.texts)  # they say that there is a search; `get_search_results` is the search

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search for an id along indexes, for an e-mail address, or in the texts of a table that has some."""
        term = search_term.strip().replace("\x00", "")
        if not term:
            return queryset, False
        wanted = Q()
        if (asked := _uuid(term)) is not None:
            for name in self.ids:
                wanted |= Q(**{name: asked})
        elif "@" in term and any(name in PEOPLE for name in self.ids):
            known = list(User.objects.filter(email__istartswith=term).values_list("pk", flat=True)[:20])
            for name in self.ids:
                wanted |= Q(**{f"{name}__in": known}) if name in PEOPLE else Q()
        for name in self.texts:
            wanted |= Q(**{f"{name}__icontains": term})
        return (queryset.filter(wanted) if wanted else queryset.none()), False


class PlainRows(Rows):
    """Rows of a model that has no class of its own here: ids, numbers, moments and words from a list."""

    def is_shown(self, field: models.Field[Any, Any]) -> bool:
        is_text = isinstance(field, (models.CharField, models.TextField)) and not field.choices
        return super().is_shown(field) and not (is_text or isinstance(field, ArrayField))


class ByKey(Rows):
    """Rows whose key has several columns."""

    change_form_template = "core/admin_row.html"
    ids: ClassVar[tuple[str, ...]] = ()
    is_large = True

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        try:
            key = loads(object_id)
            names = [field.name for field in self.opts.pk_fields]
            return self.get_queryset(request).filter(**dict(zip(names, key, strict=True))).first()
        except (ValueError, TypeError, ValidationError):
            return None


class ByDigest(Rows):
    """Rows whose key is of bytes."""

    change_form_template = "core/admin_row.html"
    ids: ClassVar[tuple[str, ...]] = ()
    is_large = True

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        try:
            return self.get_queryset(request).filter(pk=bytes.fromhex(object_id)).first()
        except ValueError:
            return None


class RowsOfRuns(ByKey):
    """Rows whose key begins with their run."""

    ids = ("execution_id",)


def _column(name: str) -> str | Callable[[Any], Any]:
    return linked(name) if name in TARGETS else name


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
