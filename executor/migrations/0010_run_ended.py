"""What the end of a run brings with it, whichever statement ends it.

Runs are ended by statements of the journal, of the verbs, of the sweeper. A trigger belongs to all of them, and to the
next one: it makes due what awaits the end, closes what the run waited for, and asks for what follows from a failure.
"""

from django.db import migrations, models

FINAL = "('completed', 'failed', 'cancelled', 'timeout')"
ENDED = f"""
CREATE OR REPLACE FUNCTION heddle_run_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE core_outboxrow
    SET state = CASE WHEN state = 'taken' THEN 'taken' ELSE 'ready' END, due_at = clock_timestamp(), wishes = wishes + 1
    WHERE awaits_id = NEW.execution_id;
    UPDATE executor_wait SET answered_at = clock_timestamp(), answer = '{{"by": "end"}}'
    WHERE execution_id = NEW.execution_id AND answered_at IS NULL;
    UPDATE executor_humantask SET status = 'cancelled', responded_at = clock_timestamp()
    WHERE execution_id = NEW.execution_id AND status = 'pending';
    IF NEW.status IN ('failed', 'timeout') THEN
        INSERT INTO core_outboxrow (id, kind, lane, owner_id, payload, key, state, due_at, attempts, losses, wishes,
            last_error, created_at)
        SELECT gen_random_uuid(), 'run_failed', 'work', x.owner_id, jsonb_build_object('execution_id', x.id),
            'run_failed:' || x.id, 'ready', clock_timestamp(), 0, 0, 0, '', clock_timestamp()
        FROM executor_execution x
        WHERE x.id = NEW.execution_id AND x.mode = 'production' AND x.workflow_id IS NOT NULL
          AND x.parent_execution_id IS NULL
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS heddle_run_ended ON executor_runstate;
CREATE TRIGGER heddle_run_ended AFTER UPDATE OF status ON executor_runstate FOR EACH ROW
WHEN (NEW.status IN {FINAL} AND OLD.status NOT IN {FINAL}) EXECUTE FUNCTION heddle_run_ended();
"""
DROP = """
DROP TRIGGER IF EXISTS heddle_run_ended ON executor_runstate;
DROP FUNCTION IF EXISTS heddle_run_ended();
"""
# Waits that ended runs left open until now.
CLOSE = f"""
UPDATE executor_wait w SET answered_at = clock_timestamp(), answer = '{{"by": "end"}}'
FROM executor_runstate s WHERE s.execution_id = w.execution_id AND s.status IN {FINAL} AND w.answered_at IS NULL;
UPDATE executor_humantask t SET status = 'cancelled', responded_at = clock_timestamp()
FROM executor_runstate s WHERE s.execution_id = t.execution_id AND s.status IN {FINAL} AND t.status = 'pending';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("executor", "0009_rate_limit"),
        ("core", "0009_outbox"),
    ]

    operations = [
        migrations.AddField("execution", "error_workflow_id", models.UUIDField(null=True)),
        migrations.RunSQL(ENDED, DROP),
        migrations.RunSQL(CLOSE, migrations.RunSQL.noop),
    ]
