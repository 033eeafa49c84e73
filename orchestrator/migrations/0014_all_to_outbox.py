"""What beat swept becomes rows of the outbox: schedules, polls, jobs, tests, error runs, mails about failures."""

from django.db import migrations, models

ROW = """(id, kind, lane, owner_id, payload, key, awaits_id, state, due_at, attempts, losses, wishes, last_error, created_at)"""
REST = "0, 0, 0, '', clock_timestamp()"
FAILED = "('error', 'timed_out', 'worker_lost')"
MOVE = f"""
INSERT INTO core_outboxrow {ROW}
SELECT gen_random_uuid(), 'schedule', 'work', owner_id, jsonb_build_object('schedule_id', id), 'schedule:' || id, NULL,
    'later', next_run_at, {REST}
FROM orchestrator_schedule WHERE enabled AND next_run_at IS NOT NULL ON CONFLICT DO NOTHING;

INSERT INTO core_outboxrow {ROW}
SELECT gen_random_uuid(), 'poll', 'polls', owner_id, jsonb_build_object('poll_id', id), 'poll:' || id, NULL,
    'later', next_poll_at, {REST}
FROM orchestrator_poll WHERE next_poll_at IS NOT NULL ON CONFLICT DO NOTHING;

INSERT INTO core_outboxrow {ROW}
SELECT gen_random_uuid(), 'job', 'work', owner_id, jsonb_build_object('job_id', id), 'job:' || id, NULL,
    'ready', clock_timestamp(), {REST}
FROM orchestrator_job WHERE status IN ('pending', 'running') ON CONFLICT DO NOTHING;

INSERT INTO core_outboxrow {ROW}
SELECT gen_random_uuid(), 'judge_test', 'work', w.owner_id, jsonb_build_object('test_id', t.id), 'judge_test:' || t.id,
    t.execution_id, 'ready', clock_timestamp(), {REST}
FROM orchestrator_workflowtest t JOIN orchestrator_workflow w ON w.id = t.workflow_id
WHERE t.status = 'running' ON CONFLICT DO NOTHING;

UPDATE executor_execution x SET error_workflow_id = (w.settings->>'error_workflow_id')::uuid
FROM orchestrator_workflow w
WHERE w.id = x.workflow_id AND x.mode = 'production' AND x.parent_execution_id IS NULL
  AND w.settings->>'error_workflow_id' ~ '^[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}$'
  AND (x.finished_at IS NULL OR x.end_reason IN {FAILED} AND x.finished_at > clock_timestamp() - interval '1 hour');

INSERT INTO core_outboxrow {ROW}
SELECT gen_random_uuid(), 'run_failed', 'work', x.owner_id, jsonb_build_object('execution_id', x.id),
    'run_failed:' || x.id, NULL, 'ready', clock_timestamp(), {REST}
FROM executor_execution x LEFT JOIN orchestrator_failurenotice n ON n.workflow_id = x.workflow_id
WHERE x.end_reason IN {FAILED} AND x.finished_at > clock_timestamp() - interval '1 hour' AND x.mode = 'production'
  AND x.parent_execution_id IS NULL AND x.workflow_id IS NOT NULL
  AND (NOT EXISTS (SELECT FROM orchestrator_errorrun e WHERE e.execution_id = x.id)
    OR n.told_until IS NULL OR n.told_until < x.finished_at)
ON CONFLICT DO NOTHING;

DELETE FROM django_celery_beat_periodictask WHERE name IN ('callbacks', 'schedules', 'polls', 'error-workflows',
    'workflow-tests', 'notify', 'jobs', 'oauth-tokens');
"""


class Migration(migrations.Migration):

    dependencies = [
        ("orchestrator", "0013_long_durations"),
        ("executor", "0010_run_ended"),
        ("django_celery_beat", "0018_improve_crontab_helptext"),
    ]

    operations = [
        migrations.AddField("schedule", "last_error", models.JSONField(null=True)),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RemoveIndex("job", "job_open"),
        migrations.RemoveField("job", "locked_until"),
        migrations.AddIndex(
            "job",
            models.Index(
                fields=["owner_id"], name="job_open", condition=models.Q(("status__in", ["pending", "running"]))
            ),
        ),
    ]
