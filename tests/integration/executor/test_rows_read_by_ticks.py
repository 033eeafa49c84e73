"""What beat's ticks and the outbox ask reads the few rows it is about, whether the planner knows of few, of many or of no rows.

The ticks are done, and each of their statements is explained before it runs: a new one is looked at as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from core import tasks
from core.clock import database_now
from core.outbox import table
from core.outbox.kinds import Later
from executor.queue import recovery
from executor.verbs import dead_letters
from orchestrator.executions import pruning
from orchestrator.files import files
from tests.integration.executor.test_rows_read import (
    FEW,
    LEFT_ALONE,
    LOST,
    RUNS,
    STUCK,
    SUSPECTED,
    TABLES,
    looked_at,
)

MANY = 20_000
READ = 40 * FEW
QUEUED = """
INSERT INTO core_outboxrow (id, kind, lane, owner_id, payload, key, state, due_at, leased_until, taken_by_id, attempts,
    losses, wishes, last_error, created_at)
SELECT gen_random_uuid(), 'poll', 'polls', gen_random_uuid(), '{}', gen_random_uuid()::text, %(state)s,
    now() + %(due)s::interval, CASE WHEN %(state)s = 'taken' THEN now() + %(due)s::interval END,
    CASE WHEN %(state)s = 'taken' THEN gen_random_uuid() END, 0, 0, 0, '', now()
FROM generate_series(1, %(many)s)
"""
LETTERS = """
INSERT INTO executor_deadletter (id, task_name, args, kwargs, exception, traceback, status, retries, created_at, expires_at)
SELECT gen_random_uuid(), 't', '[]', '{}', '', '', status, 0, now() - made, now() - made + interval '7 days'
FROM generate_series(1, %(many)s), unnest(ARRAY['pending', 'retrying', 'resolved', 'expired']) AS status,
    (SELECT %(made)s::interval AS made) AS m
"""
EXPIRING = """
INSERT INTO core_oauthstate (digest, kind, payload, redirect_uri, expires_at)
SELECT gen_random_uuid()::text, 'k', '{}', '', now() + %(due)s::interval FROM generate_series(1, %(many)s);
INSERT INTO token_blacklist_outstandingtoken (token, jti, expires_at)
SELECT 't', gen_random_uuid()::text, now() + %(due)s::interval FROM generate_series(1, %(many)s);
INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
SELECT id, now() FROM token_blacklist_outstandingtoken t
WHERE NOT EXISTS (SELECT FROM token_blacklist_blacklistedtoken b WHERE b.token_id = t.id)
"""
USERS = """
INSERT INTO core_user (id, password, email, name, timezone, tier, credits, credits_reset_at, is_staff, is_superuser, is_active,
    token_version, created_at)
SELECT gen_random_uuid(), '', gen_random_uuid()::text, 'n', 'UTC', 'free', 1, now() + %(due)s::interval, false, false, true, 0,
    now()
FROM generate_series(1, %(many)s)
"""
WORKFLOWS = """
INSERT INTO orchestrator_workflow (id, owner_id, name, slug, description, status, nodes, edges, viewport, settings,
    pinned_data, tags, icon, color, is_template, is_sub_workflow, is_cloneable, modifiable_fields, llm,
    supervision_level, revision, version, definition_hash, layout_hash, is_deleted, created_at, updated_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'w', 'w', '', 'draft', '[]', '[]', '{}', %(settings)s::jsonb, '{}', '[]',
    '', '', false, false, true, '[]', '{}', 'none', 1, 1, 'h', 'l', false, now(), now()
FROM generate_series(1, %(many)s)
"""
UPLOADS = """
INSERT INTO core_blob (id, owner_id, file_name, mime_type, size_bytes, created_at, is_swept)
SELECT gen_random_uuid(), gen_random_uuid(), 'f', 'text/plain', 1, now() + %(due)s::interval, true
FROM generate_series(1, %(many)s)
"""
CHANGED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")
ALL = (
    *TABLES, "core_outboxrow", "executor_deadletter", "core_oauthstate", "token_blacklist_outstandingtoken",
    "token_blacklist_blacklistedtoken", "core_user", "orchestrator_workflow", "core_blob",
)  # fmt: skip


def fill(many: int, few: int) -> None:
    """Queue many runs and rows, end many, and leave a few of each kind that somebody has to look after."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")  # what fills the tables is not what is looked at
        cursor.execute(RUNS, {"status": "completed", "many": many})
        cursor.execute(RUNS, {"status": "pending", "many": many})
        cursor.execute(RUNS, {"status": "paused", "many": 4 * few})
        cursor.execute("UPDATE executor_runstate SET queued_at = now() + interval '1 hour' WHERE status = 'pending'")
        for made in (SUSPECTED, STUCK, LEFT_ALONE, LOST):
            cursor.execute(made, {"few": few})
        for state, due, rows in (("later", "1 day", many), ("later", "-1 s", few), ("ready", "-1 s", few),
                                 ("held", "-1 s", many), ("taken", "1 day", many), ("taken", "-1 s", few)):  # fmt: skip
            cursor.execute(QUEUED, {"state": state, "due": due, "many": rows})
        cursor.execute(LETTERS, {"many": many // 4, "made": "1 day"})
        cursor.execute(LETTERS, {"many": few, "made": "30 days"})
        for due, rows in (("1 day", many), ("-1 day", few)):
            cursor.execute(EXPIRING, {"many": rows, "due": due})
            cursor.execute(USERS, {"many": rows, "due": due})
        for settings, rows in (("{}", many), ('{"retention": {"days": 1}}', few)):
            cursor.execute(WORKFLOWS, {"many": rows, "settings": settings})
        for due, rows in (("0 s", many), ("-2 days", few)):
            cursor.execute(UPLOADS, {"many": rows, "due": due})
        cursor.execute("SET LOCAL enable_nestloop = on")


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(ALL)}")


def be_empty() -> None:
    """Let the planner look at tables that were in use and hold nothing: it believes in one row of one page."""
    fill(4 * FEW, 1)
    with connection.cursor() as cursor:
        for name in reversed(ALL):
            analyze()
            cursor.execute(f"DELETE FROM {name}")
    analyze()


def believe(known: str) -> None:
    """Fill the tables, with the planner believing what it would then."""
    if known == "few":
        fill(4 * FEW, 1)
        analyze()
    if known == "empty":
        be_empty()
    fill(MANY, FEW)
    if known == "many":
        analyze()


class Explaining:
    """Looks at each statement before it runs."""

    def __init__(self) -> None:
        self.read: dict[str, int] = {}
        self._at_work = False

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not self._at_work and isinstance(sql, str) and CHANGED.match(sql):
            self._at_work = True
            try:
                read, _ = looked_at(sql, params)
            finally:
                self._at_work = False
            self.read[" ".join(sql.split())[:200]] = read
        return execute(sql, params, many, context)


def look_after_the_outbox() -> None:
    """Do all that a worker does with rows, those included that are done, put off or tried alone."""
    rows = table.Table(uuid4())
    rows.expire()
    rows.look()
    taken = rows.claim("polls", 10, {})
    assert len(taken) == 10
    rows.renew([row.id for row in taken])
    rows.done(taken[:5])
    rows.later(taken[5], Later(database_now()))
    rows.failed(taken[6], "it broke")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_outboxrow SET losses = 2, state = 'ready' WHERE id = %s", [taken[7].id])
    alone = rows.claim_alone()
    assert alone is not None
    assert rows.take_over(alone.id, rows.worker_id) is not None
    rows.hand_back()


@pytest.mark.django_db
# Not "never analysed": what is chosen then hangs on how large the files of tables and indexes have become before.
@pytest.mark.parametrize("known", ["empty", "few", "many"])
def test_what_is_asked_again_and_again_reads_what_it_is_about(known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_looked_to", recovery.FIRST)
    believe(known)
    ticks = Explaining()
    with transaction.atomic(), connection.execute_wrapper(ticks):
        recovery.sweep()
        recovery.wake_the_stuck()
        dead_letters.clean(now=database_now())
        tasks.clean_up()
        pruning.ask(now=database_now())
        files.ask(now=database_now())
        transaction.set_rollback(True)
    queue = Explaining()
    with transaction.atomic(), connection.execute_wrapper(queue):
        look_after_the_outbox()
        transaction.set_rollback(True)

    assert len(ticks.read) >= 20
    assert len(queue.read) >= 12
    slow = {sql[:60]: read for sql, read in {**ticks.read, **queue.read}.items() if read > READ}
    assert slow == {}
