"""Rate limits of credentials: so many uses in so many seconds, over all processes, in the order they were asked for.

A use reserves its moment: now, or `per_s` after the use that lies `max` before it. So no span of `per_s` ever has more
than `max`, and a burst of `max` at once is allowed.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection

_LIMITED = """
WITH limited AS (
    SELECT id, rate_max, make_interval(secs => rate_per_s) AS span FROM credentials_credential c
    WHERE id = ANY(%(ids)s::uuid[]) AND rate_max IS NOT NULL AND (owner_id = %(owner_id)s OR EXISTS (
        SELECT FROM credentials_credentialshare s WHERE s.credential_id = c.id AND s.user_id = %(owner_id)s))
)"""

_RESERVE = f"""{_LIMITED}
INSERT INTO credentials_credentialpace AS p (credential_id, uses)
SELECT id, ARRAY[clock_timestamp()] FROM limited ORDER BY id
ON CONFLICT (credential_id) DO UPDATE SET uses = (
    SELECT (p.uses || greatest(clock_timestamp(), p.uses[cardinality(p.uses) - l.rate_max + 1] + l.span))
        [greatest(cardinality(p.uses) - l.rate_max + 2, 1):]
    FROM limited l WHERE l.id = p.credential_id
)
RETURNING extract(epoch FROM p.uses[cardinality(p.uses)] - clock_timestamp())
"""

_OUTLOOK = f"""{_LIMITED}
SELECT extract(epoch FROM p.uses[cardinality(p.uses) - l.rate_max + 1] + l.span - clock_timestamp())
FROM limited l JOIN credentials_credentialpace p ON p.credential_id = l.id
"""


def reserve(*, owner_id: UUID, credential_ids: Collection[str]) -> float:
    """Reserve one use of each; returns the seconds until all may be used."""
    return _longest(_RESERVE, owner_id, credential_ids)


def outlook(*, owner_id: UUID, credential_ids: Collection[str]) -> float:
    """Return the seconds that a use asked for now would have to wait."""
    return _longest(_OUTLOOK, owner_id, credential_ids)


def _longest(statement: str, owner_id: UUID, credential_ids: Collection[str]) -> float:
    ids = [found for found in map(_as_uuid, credential_ids) if found is not None]
    if not ids:
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ids": ids, "owner_id": owner_id})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return max([float(row[0]) for row in rows if row[0] is not None] + [0.0])


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
