"""Each model has its pages: they open, show nothing secret, and cost no more with more rows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import workflow_backend.urls  # noqa: F401 (reads what is registered)
from core.administration.lists import MOST
from core.administration.rows import PlainRows, Rows
from core.models import User
from tests.integration.administration.things import MARK, make
from tests.integration.executor.test_rows_read import RUNS, looked_at, tell_the_planner

pytestmark = pytest.mark.django_db
INLINE = re.compile(r"<style|style=|<script(?![^>]*\ssrc=)|\son\w+=|javascript:", re.IGNORECASE)
MANY = 50_000
NODE_RUNS = """
INSERT INTO executor_noderun (id, execution_id, node_id, path, label, kind, status, effect, attempt, max_attempts, attempts,
    input_counts, output_counts, active_handles, pinned, reused, warnings, logs, started_at)
SELECT gen_random_uuid(), id, 'n', '', 'n', 'no_op', 'completed', 'pure', 1, 1, '[]', '{}', '{}', '[]', false, false, '[]',
    '[]', now() FROM executor_execution
"""


def list_of(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")


def links_in(page: str, prefix: str) -> list[str]:
    return [link for link in re.findall(r'href="([^"]+)"', page) if link.startswith(prefix) and "/change/" in link]


def test_every_model_of_every_app_is_there_and_the_site_is_sound() -> None:
    assert [model for model in apps.get_models() if not admin.site.is_registered(model)] == []
    assert admin.site.check(None) == []


def test_rows_can_be_changed_where_that_was_meant_and_nowhere_else(superuser: User, rf: Any) -> None:
    request = rf.get("/admin/")
    request.user = superuser
    open_ = {
        model.__name__
        for model, page in admin.site._registry.items()
        if page.has_add_permission(request)
        or page.has_change_permission(request)
        or page.has_delete_permission(request)
    }
    assert open_ == {"User", "Group"}


def test_every_list_and_page_opens_with_rows_and_holds_nothing_secret(browser: Client, user: User) -> None:
    for model in apps.get_models():
        make(model, user)
    cookie = browser.cookies["heddle_admin"].value
    for model in apps.get_models():
        url = list_of(model)
        listed = browser.get(url)
        assert listed.status_code == 200, (model, listed.content[:500])
        page = browser.get(admin_page_of(model))
        assert page.status_code == 200, (model, page.headers)
        for text in (listed.content.decode(), page.content.decode()):
            assert MARK not in text, model
            assert cookie not in text, model
            assert INLINE.search(text) is None, (model, INLINE.search(text))
    index = browser.get("/admin/").content.decode()
    assert MARK not in index
    assert INLINE.search(index) is None


def admin_page_of(model: type[models.Model]) -> str:
    """Return where the newest row of a model is shown, as its list links to it."""
    page = admin.site._registry[model]
    row = model._base_manager.order_by("-pk").first()
    changes = type(
        "Listed", (), {"lookup_opts": model._meta, "opts": model._meta, "pk_attname": model._meta.pk.attname}
    )()
    listing: Any = page.get_changelist(None)  # type: ignore[arg-type]  # it does not look at the request
    changes.model_admin = page
    assert row is not None
    if isinstance(model._meta.pk, (models.CompositePrimaryKey, models.BinaryField)):
        address: str = listing.url_for_result(changes, row)
        return address
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_change", args=[row.pk])


def test_links_of_a_list_lead_to_rows_with_keys_of_several_columns(browser: Client, user: User) -> None:
    for label in ("executor.NodeRun", "executor.Wait", "executor.EventBatch"):
        model = apps.get_model(label)
        make(model, user)
        [link] = set(links_in(browser.get(list_of(model)).content.decode(), list_of(model)))
        assert browser.get(link).status_code == 200
        broken = browser.get(f"{list_of(model)}nonsense/change/")
        assert broken.status_code == 302, "leads to the index, with a sentence"


def test_a_run_leads_to_its_workflow_its_owner_and_its_node_runs(browser: Client, user: User) -> None:
    run = make(apps.get_model("executor.RunState"), user).execution
    node_run = make(apps.get_model("executor.NodeRun"), user)
    type(node_run)._base_manager.filter(id=node_run.id).update(execution_id=run.pk)
    page = browser.get(f"/admin/executor/execution/{run.pk}/change/").content.decode()
    assert f'<a href="/admin/orchestrator/workflow/{run.workflow_id}/change/">' in page
    assert f'<a href="/admin/core/user/{user.pk}/change/">{user.email}</a>' in page
    listed = browser.get(f"/admin/executor/noderun/?execution_id={run.pk}").content.decode()
    assert len(set(links_in(listed, "/admin/executor/noderun/"))) == 1


def test_lists_ask_no_more_questions_for_more_rows(browser: Client, user: User) -> None:
    def asked(model: type[models.Model]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(list_of(model)).status_code == 200
        return len(queries)

    tables = [model for model in apps.get_models() if model.__name__ not in ("PromptRules", "ModelPrices")]
    for model in tables:
        make(model, user)
    few = {model: asked(model) for model in tables}
    for model in tables:
        for _ in range(4):
            make(model, user)
    assert {model: (few[model], asked(model)) for model in tables if asked(model) > few[model]} == {}


@pytest.mark.parametrize("by", ["id", "text", "e-mail address"])
def test_every_list_can_be_searched(browser: Client, user: User, by: str) -> None:
    for model in apps.get_models():
        make(model, user)
    for model, page in admin.site._registry.items():
        row = model._base_manager.order_by("-pk").first()
        if by == "id":
            term = str(getattr(row, "id", ""))
        else:
            term = user.email if by == "e-mail address" else "x1' OR 1=1 --\x00"
        answer = browser.get(list_of(model), {"q": term})
        assert answer.status_code == 200, (model, term)
        if (
            by == "id"
            and row is not None
            and isinstance(page, Rows)
            and "pk" in page.ids
            and isinstance(model._meta.pk, models.UUIDField)
        ):
            assert str(row.pk) in answer.content.decode(), model


def test_every_filter_can_be_chosen(browser: Client, user: User) -> None:
    for model in apps.get_models():
        make(model, user)
        page = browser.get(list_of(model)).content.decode()
        for link in set(re.findall(r'href="(\?[^"]+)"', page)):
            assert browser.get(list_of(model) + link.replace("&amp;", "&")).status_code == 200, (model, link)


def test_lists_of_large_tables_read_few_rows(browser: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(RUNS, {"status": "paused", "many": MANY})
        cursor.execute(NODE_RUNS)
        tell_the_planner()
        cursor.execute("ANALYZE executor_noderun")
        cursor.execute("SELECT id FROM executor_execution LIMIT 1")
        (run_id,) = cursor.fetchone()
    for name in ("execution", "runstate", "noderun", "wait", "nodejob"):
        for query in ("", "?p=3", f"?q={run_id}", "?within=day"):
            if query.startswith("?within") and name == "runstate":
                continue
            with CaptureQueriesContext(connection) as queries:
                answer = browser.get(f"/admin/executor/{name}/{query}")
            assert answer.status_code == 200, (name, query)
            read = {one["sql"]: looked_at(one["sql"], {})[0] for one in queries if one["sql"].startswith("SELECT")}
            assert sum(read.values()) < 4 * MOST, (name, query, read)
    assert "the newest 5,000" in browser.get("/admin/executor/noderun/").content.decode()


def test_a_model_that_has_no_class_of_its_own_shows_no_text() -> None:
    version = apps.get_model("nodes.CustomNodeVersion")
    shown = {field.name for field in PlainRows(version, admin.site).shown_columns()}
    assert shown == {"id", "node", "number", "is_validated", "is_approved", "created_at"}


@pytest.mark.parametrize("condition", ["startswith", "contains", "gt", "regex", "isnull"])
def test_no_filter_tells_what_a_column_holds_that_nobody_sees(
    browser: Client, rf: Any, superuser: User, condition: str
) -> None:
    request = rf.get("/")
    request.user = superuser
    told = []
    for model, page in admin.site._registry.items():
        unseen = [one for one in page.opts.concrete_fields if isinstance(page, Rows) and not page.is_shown(one)]
        told += [
            f"{model.__name__}.{field.name}"
            for field in unseen
            for lookup in (f"{field.name}__{condition}", f"{field.name}__a__{condition}")
            if page.lookup_allowed(lookup, "a", request)
        ]
    assert told == []
    answer = browser.get(f"{list_of(User)}?password__{condition}=a")
    assert answer.status_code in (302, 400), "the list says that it cannot be asked so"
