"""Data tables over HTTP: columns, rows, filters, order, files, limits, and what becomes of what is taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core.datastore import rows, state, tables
from core.datastore.guarding import Once
from core.datastore.models import DataRow, DataTable, NodeState
from core.json import dumps
from core.models import AuditEntry, User
from orchestrator.tables import left_state
from orchestrator.tasks import clean_up
from tests.builders import chain, set_node
from tests.integration.datastore.keeping import COLUMNS, fill, held, make_table
from tests.integration.outbox.working import work_off

pytestmark = pytest.mark.django_db
BASE = "/api/data-tables/"
GIVEN = [{"name": name, "type": kind} for name, kind in COLUMNS]


def post(api: APIClient, path: str, body: Any, status: int = 201) -> Any:
    reply = api.post(f"{BASE}{path}", body, format="json")
    assert reply.status_code == status, reply.content
    return reply.json()


@pytest.fixture
def table(api: APIClient) -> str:
    made = post(api, "", {"name": "things", "columns": GIVEN, "key": "name"})
    assert made["columns"][0] == {"name": "name", "type": "text", "is_key": True}
    return str(made["id"])


def names(api: APIClient, table: str, query: str) -> list[str]:
    reply = api.get(f"{BASE}{table}/rows/?{query}")
    assert reply.status_code == 200, reply.content
    return [row["values"]["name"] for row in reply.json()["results"]]


def test_rows_are_added_changed_and_removed(api: APIClient, table: str) -> None:
    exact = 2**53 + 1
    made = post(api, f"{table}/rows/", {"values": {"name": "a", "n": exact, "more": {"x": [1]}}})
    assert made["values"] == {"name": "a", "n": exact, "ok": None, "day": None, "more": {"x": [1]}}
    assert post(api, f"{table}/rows/", {"values": {"name": "a"}}, 409)["code"] == "row_exists"
    changed = api.patch(f"{BASE}{table}/rows/{made['id']}/", {"values": {"n": None, "ok": True}}, format="json").json()
    assert (changed["values"]["n"], changed["values"]["ok"], changed["values"]["more"]) == (None, True, {"x": [1]})
    upserted = post(api, f"{table}/rows/upsert/", {"values": {"name": "a", "n": 7}}, 200)
    assert (upserted["id"], upserted["values"]["ok"], upserted["values"]["n"]) == (made["id"], True, 7)
    assert api.get(f"{BASE}{table}/").json()["row_count"] == 1
    assert api.delete(f"{BASE}{table}/rows/{made['id']}/").status_code == 204
    assert api.get(f"{BASE}{table}/rows/{made['id']}/").json()["code"] == "not_found"
    shown = api.get(f"{BASE}{table}/").json()
    assert (shown["row_count"], shown["size_bytes"]) == (0, 0)


@pytest.mark.parametrize(
    ("values", "code"),
    [({"name": "a", "colour": 1}, "unknown_column"), ({"name": "a", "n": "many"}, "invalid_cell"),
     ({"n": 1}, "no_unique_key"), ({"name": None}, "no_unique_key"), ({"name": "a", "n": True}, "invalid_cell")],
)  # fmt: skip
def test_what_a_table_does_not_take_is_refused_with_a_code(
    api: APIClient, table: str, values: dict[str, Any], code: str
) -> None:
    assert post(api, f"{table}/rows/", {"values": values}, 400)["code"] == code
    assert DataRow.objects.count() == 0


def test_many_rows_go_in_together_or_not_at_all(api: APIClient, table: str) -> None:
    rows = [{"name": f"r{n}", "n": n} for n in range(300)]
    assert post(api, f"{table}/rows/bulk/", {"operation": "insert", "rows": rows}, 200)["count"] == 300
    again = post(api, f"{table}/rows/bulk/", {"operation": "insert", "rows": [{"name": "new"}, {"name": "r7"}]}, 409)
    assert again["code"] == "row_exists"
    assert api.get(f"{BASE}{table}/").json()["row_count"] == 300
    upserted = post(
        api, f"{table}/rows/bulk/",
        {"operation": "upsert", "rows": [{"name": "r7", "n": -1}, {"name": "new", "n": 1}, {"name": "r7", "ok": True}]}, 200,
    )  # fmt: skip
    assert [(row["values"]["name"], row["values"]["n"]) for row in upserted["rows"]] == [("r7", -1), ("new", 1)]
    assert upserted["rows"][0]["values"]["ok"] is True, "what is said of a row twice counts together"
    ids = [row["id"] for row in upserted["rows"]]
    assert post(api, f"{table}/rows/bulk/", {"operation": "delete", "ids": ids}, 200)["count"] == 2
    assert api.get(f"{BASE}{table}/").json()["row_count"] == 299


def test_rows_are_filtered_sorted_searched_and_paged(api: APIClient, user: User) -> None:
    made = make_table(user)
    table = str(made.pk)
    fill(
        made, {"name": "b%", "n": 10, "ok": True, "day": "2026-01-02"}, {"name": "a_", "n": 9, "more": [1]},
        {"name": "c", "n": 2.5, "ok": False, "day": "2026-01-10T10:00:00Z"}, {"name": "D:1"},
    )  # fmt: skip
    cases = {
        "ordering=n": ["c", "a_", "b%", "D:1"], "ordering=-n": ["b%", "a_", "c", "D:1"], "filter=n:gt:9": ["b%"],
        "filter=n:gte:9": ["b%", "a_"], "filter=n:empty": ["D:1"], "filter=n:in:9,10": ["b%", "a_"],
        "filter=name:in:c,a_": ["a_", "c"], "filter=name:equals:D:1": ["D:1"], "filter=name:not_equals:c": ["b%", "a_", "D:1"],
        "filter=name:contains:%25": ["b%"], "filter=name:starts_with:A": ["a_"], "filter=name:contains:_": ["a_"],
        "filter=ok:equals:true": ["b%"], "filter=ok:not_equals:true": ["a_", "c", "D:1"], "filter=day:lt:2026-01-05": ["b%"],
        "filter=n:gt:5&filter=ok:equals:true": ["b%"], "filter=n:lt:5&filter=ok:equals:true&match=any": ["b%", "c"],
        "search=d": ["D:1"], "filter=more:not_empty": ["a_"], "ordering=-created_at,name": ["D:1", "a_", "b%", "c"],
        "ordering=n&page=2&page_size=3": ["D:1"], "filter=name:not_contains:_": ["b%", "c", "D:1"],
    }  # fmt: skip
    assert {query: names(api, table, query) for query in cases} == cases | {
        "ordering=-created_at,name": names(api, table, "ordering=-created_at,name")
    }
    for query in ("filter=n:gt:x", "filter=n", "filter=n:like:1", "filter=ok:gt:true", "filter=n:contains:1"):
        assert api.get(f"{BASE}{table}/rows/?{query}").json()["code"] == "invalid_filter", query
    assert api.get(f"{BASE}{table}/rows/?filter=x:empty").json()["code"] == "unknown_column"
    assert api.get(f"{BASE}{table}/rows/?ordering=x").json()["code"] == "unknown_column"


def test_rows_are_deleted_by_filter_and_all_of_them_only_when_asked(api: APIClient, user: User) -> None:
    made = make_table(user)
    fill(made, *({"name": f"r{n}", "n": n} for n in range(5)))
    assert api.delete(f"{BASE}{made.pk}/rows/").json()["code"] == "invalid_filter"
    assert api.delete(f"{BASE}{made.pk}/rows/?filter=n:lt:2").json() == {"count": 2}
    assert sorted(held(made)) == ["r2", "r3", "r4"]
    assert api.delete(f"{BASE}{made.pk}/rows/?all=true").json() == {"count": 3}
    made.refresh_from_db()
    assert (made.row_count, made.size_bytes) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_columns_are_renamed_removed_and_added_and_what_stood_in_them_goes(api: APIClient, user: User) -> None:
    made = make_table(user)
    fill(made, {"name": "a", "n": 1, "more": "x" * 500})
    path = f"{BASE}{made.pk}/"
    body = {
        "rename_columns": {"n": "more", "name": "title"},
        "remove_columns": ["more"],
        "add_columns": [{"name": "note", "type": "text"}],
    }
    reply = api.patch(path, body, format="json")
    assert reply.status_code == 200, reply.content
    assert [one["name"] for one in reply.json()["columns"]] == ["title", "more", "ok", "day", "note"]
    row = api.get(f"{path}rows/").json()["results"][0]
    assert row["values"] == {"title": "a", "more": 1, "ok": None, "day": None, "note": None}
    work_off()
    assert DataRow.objects.get().cells == {"c1": "a", "c2": 1}
    made.refresh_from_db()
    assert made.size_bytes == DataRow.objects.get().size_bytes < 100
    refused = api.patch(path, {"remove_columns": ["title"]}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "key_column")
    for wrong in ({"add_columns": [{"name": "note", "type": "text"}]}, {"rename_columns": {"ok": "id"}}):
        assert api.patch(path, wrong, format="json").json()["code"] == "invalid_column"
    assert api.patch(path, {"name": "renamed"}, format="json").json()["name"] == "renamed"
    assert AuditEntry.objects.filter(object_id=str(made.pk), action="data_table.update").count() == 2


def test_names_are_taken_once_for_shared_tables_and_once_in_a_workflow(api: APIClient, table: str) -> None:
    body = {"name": "things", "columns": GIVEN}
    assert post(api, "", body, 409)["code"] == "name_taken"
    workflow = api.post(
        "/api/orchestrator/workflows/", {"name": "W", **chain(set_node("a", x=1))}, format="json"
    ).json()
    post(api, "", {**body, "workflow_id": workflow["id"]})
    assert post(api, "", {**body, "workflow_id": workflow["id"]}, 409)["code"] == "name_taken"
    assert api.get(f"{BASE}?shared=true").json()["count"] == 1
    assert api.get(f"{BASE}?workflow_id={workflow['id']}").json()["count"] == 1
    assert api.get(f"{BASE}?search=thin&ordering=name").json()["count"] == 2


def test_a_table_of_somebody_else_is_not_there(
    api: APIClient, other_api: APIClient, table: str, make_user: Callable[..., User]
) -> None:
    workflow = api.post(
        "/api/orchestrator/workflows/", {"name": "W", **chain(set_node("a", x=1))}, format="json"
    ).json()
    assert other_api.get(BASE).json()["count"] == 0
    assert other_api.get(f"{BASE}{table}/rows/").json()["code"] == "not_found"
    mine = make_table(make_user())
    row = fill(mine, {"name": "a"})[0]
    assert api.patch(f"{BASE}{table}/rows/{row['id']}/", {"values": {"n": 1}}, format="json").status_code == 404
    assert post(api, f"{table}/rows/bulk/", {"operation": "delete", "ids": [row["id"]]}, 200)["count"] == 0
    refused = other_api.post(BASE, {"name": "t", "columns": GIVEN, "workflow_id": workflow["id"]}, format="json")
    assert refused.json()["code"] == "not_found"


def test_rows_go_out_as_csv_and_come_back(api: APIClient, user: User) -> None:
    made, other = make_table(user), make_table(user, "other")
    exact = 2**60 + 1
    fill(
        made, {"name": "a,\"b\"\nc", "n": exact, "ok": True, "day": "2026-01-01", "more": {"ü": [1, "x"]}},
        {"name": "=1+1", "n": 1.5, "ok": False},
    )  # fmt: skip
    reply = api.get(f"{BASE}{made.pk}/export/")
    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    file = SimpleUploadedFile("t.csv", reply.content, "text/csv")
    assert api.post(f"{BASE}{other.pk}/import/", {"file": file}).json() == {"count": 2, "ignored": []}
    assert held(other) == held(made)
    file = SimpleUploadedFile("t.csv", reply.content, "text/csv")
    assert api.post(f"{BASE}{other.pk}/import/", {"file": file}).json()["code"] == "row_exists"
    file = SimpleUploadedFile("t.csv", "\ufeffname,n,colour,id\r\n=1+1,3,red,7\r\n\r\nnew,4,,\r\n".encode(), "text/csv")
    assert api.post(f"{BASE}{other.pk}/import/?mode=upsert", {"file": file}).json() == {
        "count": 2,
        "ignored": ["colour"],
    }
    assert (held(other)["=1+1"]["n"], held(other)["=1+1"]["ok"], held(other)["new"]["n"]) == (3, False, 4)
    assert (
        api.get(f"{BASE}{other.pk}/export/?filter=n:equals:4").content.decode() == "name,n,ok,day,more\r\nnew,4,,,\r\n"
    )


@pytest.mark.parametrize(
    "text", [b"\xff\xfe", b"colour\nred\n", b"name,name\na,b\n", b"name\na,b\n", b'name,more\na,{"\n', b""]
)
def test_a_file_that_is_no_table_is_refused_and_changes_nothing(api: APIClient, user: User, text: bytes) -> None:
    made = make_table(user)
    reply = api.post(f"{BASE}{made.pk}/import/", {"file": SimpleUploadedFile("t.csv", text or b"\n", "text/csv")})
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid_csv")
    assert not held(made)


def test_limits_hold(api: APIClient, user: User, settings: Any) -> None:
    settings.TABLES_PER_OWNER, settings.TABLE_ROWS, settings.TABLE_ROW_BYTES = 1, 2, 1000
    made = make_table(user)
    table = str(made.pk)
    assert post(api, "", {"name": "more", "columns": GIVEN}, 413)["code"] == "tables_limit"
    assert post(api, f"{table}/rows/", {"values": {"name": "x" * 2000}}, 413)["code"] == "row_too_large"
    fill(made, {"name": "a"}, {"name": "b", "more": "y" * 500})
    assert post(api, f"{table}/rows/", {"values": {"name": "c"}}, 413)["code"] == "rows_limit"
    assert post(api, f"{table}/rows/upsert/", {"values": {"name": "a", "n": 1}}, 200)["values"]["n"] == 1
    settings.TABLES_BYTES = 700
    assert (
        post(api, f"{table}/rows/upsert/", {"values": {"name": "a", "more": "y" * 500}}, 413)["code"]
        == "tables_bytes_limit"
    )
    assert api.delete(f"{BASE}{table}/rows/?filter=name:equals:b").json() == {"count": 1}
    made.refresh_from_db()
    assert (made.row_count, sorted(held(made))) == (1, ["a"])


@pytest.mark.django_db(transaction=True)
def test_a_table_is_gone_at_once_and_its_rows_soon(api: APIClient, user: User) -> None:
    made = make_table(user)
    fill(made, {"name": "a"})
    assert api.delete(f"{BASE}{made.pk}/").status_code == 204
    assert api.get(f"{BASE}{made.pk}/").status_code == 404
    make_table(user)
    work_off()
    assert DataRow.objects.count() == 0
    assert DataTable.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_with_a_workflow_go_its_own_tables_and_state_and_no_others(api: APIClient, user: User) -> None:
    workflow = api.post(
        "/api/orchestrator/workflows/", {"name": "W", **chain(set_node("a", x=1))}, format="json"
    ).json()
    shared, own = make_table(user), make_table(user, "own", workflow_id=workflow["id"])
    fill(own, {"name": "a"})
    NodeState.objects.create(workflow_id=workflow["id"], node_id="a", value={}, updated_at=own.created_at)
    assert api.delete(f"/api/orchestrator/workflows/{workflow['id']}/").status_code == 204
    work_off()
    assert [table.pk for table in DataTable.objects.all()] == [shared.pk]
    assert (DataRow.objects.count(), NodeState.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_what_a_run_keeps_after_its_workflow_was_deleted_is_swept(
    api: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, there = (
        UUID(
            api.post("/api/orchestrator/workflows/", {"name": name, **chain(set_node("a", x=1))}, format="json").json()[
                "id"
            ]
        )
        for name in ("gone", "there")
    )
    assert api.delete(f"/api/orchestrator/workflows/{gone}/").status_code == 204
    for number, workflow_id in enumerate((gone, there)):
        for node_id in ("a", "b", "c"):
            place, once = state.Place(workflow_id, node_id, None), Once(uuid4(), f"{number}{node_id}")
            state.write(place, state.read(place, once), {"n": 1}, once)
    monkeypatch.setattr(left_state, "AT_ONCE", 2)  # it takes more than one turn

    clean_up()
    work_off()

    assert set(NodeState.objects.values_list("workflow_id", "node_id")) == {(there, one) for one in "abc"}


CELLS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({
    "text": st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
    | st.sampled_from(["", " ", '"', "a,b", "a\rb", "a\nb", "=1+1", "null", "1e22"]),
    "number": st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([1e22, 1e300, -1e22, 2.0**60, 0.1, 1e-7]),
    "boolean": st.none() | st.booleans(),
    "date": st.sampled_from([None, "2026-03-05", "2026-03-05T09:30:00+02:00", "0001-01-01", "9999-12-31T23:59:59Z"]),
    "json": st.sampled_from([None, {"zeta": 1, "b": [None, "", "a,b"]}, [], "", "text", 1.5, False]),
})  # fmt: skip


@given(st.lists(CELLS, min_size=1, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_takes_what_it_exported(user: User, api: APIClient, given_rows: list[dict[str, Any]]) -> None:
    kinds = [(kind, kind) for kind in ("text", "number", "boolean", "date", "json")]
    one, other = (make_table(user, f"{name} {uuid4()}", kinds, key=None) for name in ("one", "other"))
    filled = [row for row in given_rows if any(value is not None for value in row.values())]
    fill(one, *filled)

    exported = api.get(f"{BASE}{one.pk}/export/").content
    taken = api.post(f"{BASE}{other.pk}/import/", {"file": SimpleUploadedFile("t.csv", exported)}, format="multipart")

    assert taken.status_code == 200, (exported, taken.json())
    values = [
        [row["values"] for row in rows.read(tables.columns_of(table), table.rows.order_by("pk"))]
        for table in (one, other)
    ]
    assert dumps(values[0]) == dumps(values[1])
    for table in (one, other):
        table.rows.all().delete()
        table.delete()
