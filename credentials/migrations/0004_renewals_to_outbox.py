"""Tokens that will end get their row of the outbox."""

from django.db import migrations

MOVE = """
INSERT INTO core_outboxrow (id, kind, lane, owner_id, payload, key, state, due_at, attempts, losses, wishes, last_error,
    created_at)
SELECT gen_random_uuid(), 'renew_token', 'calls', owner_id, jsonb_build_object('credential_id', id),
    'renew_token:' || id, 'later', token_expires_at - interval '10 minutes', 0, 0, 0, '', clock_timestamp()
FROM credentials_credential
WHERE token_expires_at > clock_timestamp() - interval '1 day' AND last_error IS NULL
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ("credentials", "0003_oauth_and_access"),
        ("core", "0009_outbox"),
    ]

    operations = [migrations.RunSQL(MOVE, migrations.RunSQL.noop)]
