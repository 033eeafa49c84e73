"""The access log of credentials: who did what with which, for which run, from where. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from core.ids import new_id
from credentials.models import Credential, CredentialAccess


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a person over HTTP, or a run in its owner's name."""

    user_id: UUID | None
    ip: str | None = None
    workflow_id: UUID | None = None
    execution_id: UUID | None = None


def note(action: str, credential: Credential, visitor: Visitor) -> None:
    """Write down one access."""
    CredentialAccess.objects.create(
        action=action, credential_id=credential.pk, credential_name=credential.name, owner_id=credential.owner_id,
        user_id=visitor.user_id, workflow_id=visitor.workflow_id, execution_id=visitor.execution_id, ip=visitor.ip,
    )  # fmt: skip


_USED = """
WITH touched AS (
    UPDATE credentials_credential SET last_used_at = clock_timestamp() WHERE id = %(id)s RETURNING name, owner_id
)
INSERT INTO credentials_credentialaccess AS a
    (id, at, action, credential_id, credential_name, owner_id, user_id, workflow_id, execution_id, ip, times, last_at,
     day)
SELECT %(new_id)s, clock_timestamp(), 'use', %(id)s, name, owner_id, %(user_id)s, %(workflow_id)s, %(execution_id)s,
       %(ip)s, 1, clock_timestamp(),
       CASE WHEN %(execution_id)s::uuid IS NULL THEN (clock_timestamp() AT TIME ZONE 'UTC')::date END FROM touched
ON CONFLICT {once} DO UPDATE SET times = a.times + 1, last_at = excluded.last_at
"""
_BY_RUN = _USED.format(once="(credential_id, execution_id) WHERE action = 'use' AND execution_id IS NOT NULL")
_BY_DAY = _USED.format(once="(credential_id, workflow_id, day) WHERE action = 'use' AND execution_id IS NULL")


def note_use(credential_id: UUID, visitor: Visitor) -> None:
    """Write down a use; many uses by one run, or in a day outside of runs, are one row that counts them."""
    with connection.cursor() as cursor:
        cursor.execute(
            _BY_DAY if visitor.execution_id is None else _BY_RUN,
            {
                "id": credential_id, "new_id": new_id(), "user_id": visitor.user_id, "ip": visitor.ip,
                "workflow_id": visitor.workflow_id, "execution_id": visitor.execution_id,
            },
        )  # fmt: skip


ACTIONS: Sequence[str] = ("create", "read", "use", "update", "delete", "verify", "refresh", "share", "denied")
