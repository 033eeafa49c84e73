"""Tables: found by whoever may use them, made, changed, taken away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Q, QuerySet, Sum

from core.access import reach
from core.access.roles import Role
from core.datastore import quotas
from core.datastore.columns import TYPES, Column, Columns, checked
from core.datastore.errors import InvalidColumn, InvalidTableName, KeyColumn, TableMissing, TableNameTaken
from core.datastore.models import DataTable, NodeState, OwnTableName
from core.json import lossy_text
from core.models import User
from core.outbox import queue

CLEAR = "clear_table"
_ONE_AFTER_ANOTHER = "SELECT pg_advisory_xact_lock(hashtextextended('data tables of ' || %s, 0))"


# -- who sees which --------------------------------------------------------------------------------------------------
def visible_to(actor: User) -> QuerySet[DataTable]:
    """Return the tables that somebody sees: his account's, and those of workflows that he has a role on."""
    return reach.visible(DataTable.objects.filter(is_deleted=False), actor)


def find(actor: User, table_id: UUID, *, needs: Role = Role.OWNER, lock: bool = False) -> DataTable:
    """Return a table with the actor's role on it: its workflow's, or its account. Raises: Missing, RoleRequired."""
    rows = DataTable.objects.filter(is_deleted=False)
    rows = rows.select_for_update() if lock else rows
    return reach.one(rows, actor, table_id, needs=needs, missing="There is no such table")


def of_run(owner_id: UUID, workflow_id: UUID | None, name: str) -> DataTable:
    """Return a table by its id or name, as a run sees it: its workflow's own first, then shared ones.

    A shared one is found by its name only where that does not mean an own one (`mean_own`). Raises: TableMissing.
    """
    name = lossy_text(name)
    shared = reach.of_account(owner_id) & Q(workflow_id=None)
    own_ones = Q(workflow_id=workflow_id) if workflow_id is not None else Q(pk=None)  # whoever has the workflow now
    seen = DataTable.objects.filter(shared | own_ones, is_deleted=False)
    found = list(seen.filter(Q(name=name) | Q(pk=_id(name))))
    found.sort(key=lambda table: (table.workflow_id is None, table.name == name))  # own ones, and ids, come first
    if not found:
        raise TableMissing(f"There is no table {name[:120]!r} that this workflow may use", table=name[:120])
    if found[0].workflow_id is None and _means_own(workflow_id, name):
        text = f"{name[:120]!r} was a table of this workflow's own; the shared one of that name is used by its id"
        raise TableMissing(text, table=name[:120])
    return found[0]


def _means_own(workflow_id: UUID | None, name: str) -> bool:
    return workflow_id is not None and OwnTableName.objects.filter(workflow_id=workflow_id, name=name).exists()


def mean_own(workflow_id: UUID, names: Iterable[str]) -> None:
    """Let names mean tables of a workflow's own from now on, also when those are renamed or gone.

    A shared table that is called so is not used in their place; by its id it is.
    """
    made = [OwnTableName(workflow_id=workflow_id, name=name) for name in sorted(names)]
    OwnTableName.objects.bulk_create(made, ignore_conflicts=True)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def columns_of(table: DataTable) -> Columns:
    return Columns.of(table.columns, table.key_column)


def lock_tables_of(owner_id: UUID) -> None:
    """Wait for others who give an account tables, so that its limits hold for calls at once."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AFTER_ANOTHER, [str(owner_id)])


# -- changing them ---------------------------------------------------------------------------------------------------
def create(
    *, owner_id: UUID, name: str, columns: Sequence[Mapping[str, str]], key: str | None = None,
    workflow_id: UUID | None = None,
) -> DataTable:  # fmt: skip
    """Make a table in an account. Raises: InvalidColumn, InvalidTableName, TooManyTables, TableNameTaken."""
    _check_name(name)
    made = [Column(f"c{at + 1}", str(one["name"]), _type(one["type"])) for at, one in enumerate(columns)]
    checked(made)
    key_id = ""
    if key:
        key_id = Columns(tuple(made), None).find(key).id
        if next(one.type for one in made if one.id == key_id) == "json":
            raise InvalidColumn("A column of JSON cannot be the unique one", field="key")
    table = DataTable(
        owner_id=owner_id, workflow_id=workflow_id, name=name, columns=[one.as_record() for one in made],
        key_column=key_id, columns_made=len(made),
    )  # fmt: skip
    with transaction.atomic():
        lock_tables_of(owner_id)
        quotas.check_tables(owner_id)
        return _saved(table)


@transaction.atomic
def rename(*, actor: User, table_id: UUID, name: str) -> DataTable:
    """Give a table another name. Raises: Missing, RoleRequired, InvalidTableName, TableNameTaken.

    Where somebody else than the owner does, the old one does not come to mean a shared table.
    """
    table = find(actor, table_id, needs=Role.EDITOR, lock=True)
    if name == table.name:
        return table
    _check_name(name)
    if table.workflow_id is not None and reach.role_on(actor, table) is not Role.OWNER:
        mean_own(table.workflow_id, [table.name])
    table.name = name
    return _saved(table, "name")


def _check_name(name: str) -> None:
    """Refuse a name that is found as an id. Raises: InvalidTableName."""
    if _id(name) is not None:
        raise InvalidTableName("A table cannot be called like an id", field="name", reason="invalid")


@transaction.atomic
def change_columns(
    *, actor: User, table_id: UUID, add: Sequence[Mapping[str, str]] = (), rename: Mapping[str, str] | None = None,
    remove: Sequence[str] = (),
) -> DataTable:  # fmt: skip
    """Rename, then remove, then add columns. What stood in removed ones goes, in slices.

    Raises: Missing, RoleRequired, UnknownColumn, InvalidColumn, KeyColumn.
    """
    table = find(actor, table_id, needs=Role.EDITOR, lock=True)
    columns = columns_of(table)
    new_names = {columns.find(old).id: new for old, new in (rename or {}).items()}
    gone = [columns.find(name) for name in remove]
    if columns.key in gone:
        raise KeyColumn(f"{table.name}: its unique column goes with the table only")
    kept = [Column(one.id, new_names.get(one.id, one.name), one.type) for one in columns.all if one not in gone]
    for one in add:
        table.columns_made += 1
        kept.append(Column(f"c{table.columns_made}", str(one["name"]), _type(one["type"])))
    checked(kept)
    table.columns = [one.as_record() for one in kept]
    if gone:
        _clear_later(table, cells=[one.id for one in gone])
    return _saved(table, "columns", "columns_made")


def _type(name: str) -> str:
    if name not in TYPES:
        raise InvalidColumn(f"One of: {', '.join(TYPES)}", field="columns", reason="invalid_choice")
    return name


def _saved(table: DataTable, *fields: str) -> DataTable:
    """Store a table, of one that is there the named fields: its counts are changed by others."""
    try:
        with transaction.atomic():
            if fields:
                table.save(update_fields=[*fields, "updated_at"])
            else:
                table.save(force_insert=True)
    except IntegrityError as exc:
        raise TableNameTaken(f"There is a table called {table.name!r} already") from exc
    return table


# -- taking them away ------------------------------------------------------------------------------------------------
@transaction.atomic
def delete(*, actor: User, table_id: UUID) -> DataTable:
    """Take a table away at once; its rows go in slices. Raises: Missing, RoleRequired."""
    table = find(actor, table_id, lock=True)
    _take_away([table])
    return table


def delete_of_workflow(workflow_id: UUID) -> None:
    """Take away what a workflow kept for itself: its own tables, and the states of its nodes."""
    _take_away(list(DataTable.objects.filter(workflow_id=workflow_id, is_deleted=False)))
    NodeState.objects.filter(workflow_id=workflow_id).delete()
    OwnTableName.objects.filter(workflow_id=workflow_id).delete()


def named_of_workflow(workflow_id: UUID) -> tuple[set[str], set[str]]:
    """Return (ids, names) of a workflow's own tables; a name that reads as an id is left out."""
    found = list(DataTable.objects.filter(workflow_id=workflow_id, is_deleted=False).values_list("pk", "name"))
    return {str(pk) for pk, _ in found}, {name for _, name in found if _id(name) is None}


def hand_over(*, workflow_id: UUID, owner_id: UUID) -> None:
    """Let a workflow's own tables belong to another account. Raises: TooManyTables, TablesTooLarge."""
    rows = DataTable.objects.filter(workflow_id=workflow_id, is_deleted=False)
    moved = rows.aggregate(count=Count("pk"), size=Sum("size_bytes"))
    if moved["count"]:
        lock_tables_of(owner_id)
        quotas.check_tables(owner_id, more=moved["count"], size=moved["size"] or 0)
    DataTable.objects.filter(workflow_id=workflow_id).update(owner_id=owner_id)


def delete_of_owner(owner_id: UUID, most: int) -> int:
    """Take away tables of an account; returns how many were there, up to `most`."""
    found = list(DataTable.objects.filter(reach.of_account(owner_id), is_deleted=False).order_by("pk")[:most])
    _take_away(found)
    return len(found)


def _take_away(found: Sequence[DataTable]) -> None:
    DataTable.objects.filter(pk__in=[table.pk for table in found]).update(is_deleted=True)
    for table in found:
        _clear_later(table, cells=None)


def _clear_later(table: DataTable, *, cells: Sequence[str] | None) -> None:
    """Ask for the rows of a table to go, or some cells of them."""
    payload: dict[str, Any] = {"table_id": str(table.pk), "cells": None if cells is None else list(cells)}
    key = f"{CLEAR}:{table.pk}:{','.join(cells or [])}"
    queue.add(CLEAR, owner_id=table.owner_id, payload=payload, key=key)
