"""Callbacks become rows of the outbox; those that have not arrived keep their tries and their moment."""

from django.db import migrations

MOVE = """
INSERT INTO core_outboxrow (id, kind, lane, owner_id, payload, key, awaits_id, state, due_at, attempts, losses, wishes,
    last_error, created_at)
SELECT gen_random_uuid(), 'callback', 'calls', x.owner_id,
    jsonb_build_object('execution_id', c.execution_id, 'url', c.url, 'sealed', c.secret),
    'callback:' || c.execution_id, c.execution_id,
    CASE WHEN s.status IN ('completed', 'failed', 'cancelled', 'timeout') THEN 'later' ELSE 'held' END,
    CASE WHEN s.status IN ('completed', 'failed', 'cancelled', 'timeout') THEN c.next_at END,
    c.tries, 0, 0, c.last_error, clock_timestamp()
FROM orchestrator_callback c
JOIN executor_execution x ON x.id = c.execution_id
JOIN executor_runstate s ON s.execution_id = c.execution_id
WHERE c.delivered_at IS NULL AND c.tries < 5
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ("orchestrator", "0011_failure_notices"),
        ("core", "0009_outbox"),
        ("executor", "0010_run_ended"),
    ]

    operations = [
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.DeleteModel("Callback"),
    ]
