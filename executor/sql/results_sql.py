"""Results that are kept for later turns: of each owner as many as there is room for, the newest first."""

KEEP = """
INSERT INTO executor_cachedresult (id, owner_id, key, result, size_bytes, created_at, expires_at)
VALUES (%(id)s, %(owner_id)s, %(key)s, %(result)s, %(size_bytes)s, %(now)s, %(expires_at)s)
ON CONFLICT (owner_id, key) DO UPDATE SET
    result = excluded.result, size_bytes = excluded.size_bytes, created_at = excluded.created_at,
    expires_at = excluded.expires_at
"""

# What another process deletes at the same time is passed by: two that make room do not wait for each other in a circle.
MAKE_ROOM = """
DELETE FROM executor_cachedresult WHERE id IN (
    SELECT r.id FROM executor_cachedresult r JOIN (
        SELECT id, sum(size_bytes) OVER newest AS bytes, row_number() OVER newest AS number
        FROM executor_cachedresult WHERE owner_id = %(owner_id)s
        WINDOW newest AS (ORDER BY created_at DESC, id DESC ROWS UNBOUNDED PRECEDING)
    ) kept ON kept.id = r.id
    WHERE kept.bytes > %(most_bytes)s OR kept.number > %(most_rows)s
    FOR UPDATE OF r SKIP LOCKED
)
"""

SWEEP = """
DELETE FROM executor_cachedresult WHERE id IN (
    SELECT id FROM executor_cachedresult WHERE expires_at < %(now)s ORDER BY expires_at LIMIT %(at_once)s
    FOR UPDATE SKIP LOCKED
)
"""
