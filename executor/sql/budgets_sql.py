"""Budgets: what may still be spent, decided in one statement, so that branches side by side cannot overspend."""

# Who asks, in one look: before a call nothing else is read. A run without a row yet is its own root.
WHO_SPENDS = """
SELECT coalesce(x.root_execution_id, k.id), coalesce(s.epoch, 0), (d.body -> 'settings' -> 'budget')::text,
    (SELECT u.budget::text FROM core_user u WHERE u.id = %(owner)s)
FROM (SELECT %(id)s::uuid AS id) k
LEFT JOIN executor_execution x ON x.id = k.id
LEFT JOIN executor_runstate s ON s.execution_id = k.id
LEFT JOIN executor_execution r ON r.id = coalesce(x.root_execution_id, k.id)
LEFT JOIN executor_definition d ON d.hash = r.definition_hash
"""

# Rows of budgets that are asked of for the first time.
OPEN = """
INSERT INTO executor_budget (key, spent_usd, reserved_usd, spent_tokens, reserved_tokens)
SELECT key, 0, 0, 0, 0 FROM unnest(%(keys)s::text[]) AS k(key) ORDER BY key
ON CONFLICT DO NOTHING
"""

# All budgets are locked in their order, and have room or not together. One row: whether all of them are there, else
# nothing is done, and the first that has no room.
RESERVE = """
WITH known AS (
    SELECT FROM executor_reservation WHERE id = %(id)s  -- the answer to the first time was lost
), asked AS (
    SELECT * FROM unnest(%(asked_keys)s::text[], %(limits_usd)s::numeric[], %(limits_tokens)s::bigint[])
        AS a(key, limit_usd, limit_tokens)
), held AS MATERIALIZED (
    SELECT b.* FROM executor_budget b WHERE b.key = ANY (ARRAY(SELECT key FROM asked)) ORDER BY b.key FOR UPDATE
), open AS MATERIALIZED (
    SELECT count(*) = cardinality(%(keys)s::text[]) AS all_are FROM held
), full_ones AS MATERIALIZED (
    SELECT h.key, a.limit_usd, a.limit_tokens, h.spent_usd, h.reserved_usd, h.spent_tokens, h.reserved_tokens
    FROM asked a JOIN held h USING (key)
    WHERE (h.spent_usd + h.reserved_usd + %(usd)s::numeric > a.limit_usd
       OR h.spent_tokens + h.reserved_tokens + %(tokens)s::bigint > a.limit_tokens)
      AND NOT EXISTS (SELECT FROM known)
), granted AS (
    UPDATE executor_budget b
    SET reserved_usd = b.reserved_usd + %(usd)s::numeric, reserved_tokens = b.reserved_tokens + %(tokens)s::bigint
    FROM held h
    WHERE b.key = h.key AND (SELECT all_are FROM open)
      AND NOT EXISTS (SELECT FROM full_ones) AND NOT EXISTS (SELECT FROM known)
    RETURNING b.key
), noted AS (
    INSERT INTO executor_reservation (id, keys, execution_id, epoch, usd, tokens, created_at)
    SELECT %(id)s, %(keys)s::text[], %(execution_id)s, %(epoch)s, %(usd)s::numeric, %(tokens)s::bigint,
        clock_timestamp()
    WHERE EXISTS (SELECT FROM granted)
)
SELECT o.all_are, f.* FROM open o LEFT JOIN full_ones f ON true ORDER BY f.key LIMIT 1
"""

# What was really used takes the place of what was reserved, once however often it is told; it counts where the
# reservation was given back, too. The row stays as the mark of that, until its run is removed.
SETTLE = """
WITH held AS MATERIALIZED (
    SELECT key FROM executor_budget WHERE key = ANY (%(keys)s::text[]) ORDER BY key FOR UPDATE
), before AS MATERIALIZED (
    SELECT usd, tokens FROM executor_reservation
    WHERE id = %(id)s AND settled_at IS NULL AND (SELECT count(*) FROM held) >= 0 FOR UPDATE
), settled AS (
    INSERT INTO executor_reservation AS r (id, keys, execution_id, epoch, usd, tokens, created_at, settled_at)
    SELECT %(id)s, %(keys)s::text[], %(execution_id)s, %(epoch)s, 0, 0, clock_timestamp(), clock_timestamp()
    WHERE (SELECT count(*) FROM before) >= 0
    ON CONFLICT (id) DO UPDATE SET usd = 0, tokens = 0, settled_at = clock_timestamp() WHERE r.settled_at IS NULL
    RETURNING id
)
UPDATE executor_budget b
SET spent_usd = b.spent_usd + %(usd)s::numeric, spent_tokens = b.spent_tokens + %(tokens)s::bigint,
    reserved_usd = b.reserved_usd - coalesce((SELECT usd FROM before), 0),
    reserved_tokens = b.reserved_tokens - coalesce((SELECT tokens FROM before), 0)
FROM held h WHERE b.key = h.key AND EXISTS (SELECT FROM settled)
"""

CORRECT = """
UPDATE executor_budget SET spent_usd = spent_usd + %(usd)s::numeric, spent_tokens = spent_tokens + %(tokens)s::bigint
WHERE key = ANY (%(keys)s::text[])
"""
FORGET_CALL = "DELETE FROM executor_reservation WHERE id = %(id)s AND settled_at IS NOT NULL"

# Reservations of workers that have lost their run, or of runs that are over, are nobody's any more.
_GIVE_BACK = """
WITH lost AS (
    DELETE FROM executor_reservation r WHERE <lost>
    RETURNING r.keys, r.usd, r.tokens
), sums AS (
    SELECT key, sum(usd) AS usd, sum(tokens) AS tokens FROM lost CROSS JOIN unnest(lost.keys) AS k(key) GROUP BY key
), held AS MATERIALIZED (
    SELECT b.key FROM executor_budget b WHERE b.key = ANY (ARRAY(SELECT key FROM sums)) ORDER BY b.key FOR UPDATE
)
UPDATE executor_budget b
SET reserved_usd = b.reserved_usd - s.usd, reserved_tokens = b.reserved_tokens - s.tokens
FROM sums s JOIN held h USING (key) WHERE b.key = s.key
"""
GIVE_BACK_LOST = _GIVE_BACK.replace(
    "<lost>",
    """r.keys && %(keys)s::text[] AND r.settled_at IS NULL AND NOT EXISTS (
        SELECT FROM executor_runstate s  -- a run waits while a worker of another queue works for it
        WHERE s.execution_id = r.execution_id AND s.epoch = r.epoch AND s.status IN ('running', 'waiting'))""",
)
GIVE_BACK_REMOVED = _GIVE_BACK.replace("<lost>", "r.execution_id = ANY(%(ids)s::uuid[])")
FORGET = """
DELETE FROM executor_budget b USING unnest(%(roots)s::uuid[]) AS f(root)
WHERE b.key = 'run:' || f.root AND NOT EXISTS (SELECT FROM executor_execution x WHERE x.root_execution_id = f.root)
"""
# Those of the nodes of runs that are about to be removed.
FORGET_NODES = """
DELETE FROM executor_budget b USING (
    SELECT DISTINCT 'node:' || n.execution_id || ':' || n.node_id AS key FROM executor_noderun n
    WHERE n.execution_id = ANY(%(ids)s::uuid[])
) f
WHERE b.key = f.key
"""
