"""Who is asked by a task is told by mail: a row of the outbox, made with the task, and again when it is escalated."""

from django.db import migrations, models

ROW = """(id, kind, lane, owner_id, payload, key, state, due_at, attempts, losses, wishes, last_error, created_at)"""
ASKED = f"""
CREATE OR REPLACE FUNCTION heddle_task_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO core_outboxrow AS r {ROW}
    VALUES (gen_random_uuid(), 'task_asked', 'work', NEW.owner_id, jsonb_build_object('task_id', NEW.id),
        'task_asked:' || NEW.id, 'ready', clock_timestamp(), 0, 0, 0, '', clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, due_at = excluded.due_at, wishes = r.wishes + 1,
        state = CASE WHEN r.state = 'taken' THEN 'taken' ELSE 'ready' END;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS heddle_task_made ON executor_humantask;
CREATE TRIGGER heddle_task_made AFTER INSERT ON executor_humantask FOR EACH ROW
WHEN (NEW.status = 'pending') EXECUTE FUNCTION heddle_task_asked();
DROP TRIGGER IF EXISTS heddle_task_escalated ON executor_humantask;
CREATE TRIGGER heddle_task_escalated AFTER UPDATE OF assignee_ids ON executor_humantask FOR EACH ROW
WHEN (NEW.status = 'pending' AND NEW.assignee_ids IS DISTINCT FROM OLD.assignee_ids)
EXECUTE FUNCTION heddle_task_asked();
"""
DROP = """
DROP TRIGGER IF EXISTS heddle_task_made ON executor_humantask;
DROP TRIGGER IF EXISTS heddle_task_escalated ON executor_humantask;
DROP FUNCTION IF EXISTS heddle_task_asked();
"""
# Open tasks: mails to those who were not told, and the reminders that are to come.
MOVE = f"""
INSERT INTO core_outboxrow {ROW}
SELECT gen_random_uuid(), 'task_mail', 'mails', t.owner_id, jsonb_build_object('task_id', t.id, 'user_id', a.user_id),
    'task_mail:' || t.id || ':' || a.user_id, 'ready', clock_timestamp(), 0, 0, 0, '', clock_timestamp()
FROM executor_humantask t CROSS JOIN LATERAL jsonb_array_elements_text(t.assignee_ids) AS a(user_id)
WHERE t.status = 'pending' AND t.notified_at IS NULL AND NOT t.notified_ids ? a.user_id
ON CONFLICT DO NOTHING;
INSERT INTO core_outboxrow {ROW}
SELECT gen_random_uuid(), 'task_asked', 'work', t.owner_id, jsonb_build_object('task_id', t.id, 'reminds', true),
    'task_asked:' || t.id, 'later', t.remind_at, 0, 0, 0, '', clock_timestamp()
FROM executor_humantask t WHERE t.status = 'pending' AND t.remind_at IS NOT NULL
ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("executor", "0015_times_and_paths"),
        ("core", "0009_outbox"),
    ]

    operations = [
        migrations.AddField("nodejob", "due_at", models.DateTimeField(null=True)),
        migrations.RunSQL(ASKED, DROP),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RemoveField("humantask", "notified_at"),
        migrations.RemoveField("humantask", "notified_ids"),
    ]
