"""The statements of the outbox. All moments are the database's.

Rows are looked up by arrays of ids, never joined: where the planner believes a table to be empty, as it was when it was
looked at last, a join reads all of it for each row.
"""

ALONE_AFTER = 2  # processes that were lost with a row: from then on it is tried in one of its own

_STATE = """CASE WHEN {due} IS NULL THEN 'held' WHEN {due} <= clock_timestamp() THEN 'ready' ELSE 'later' END"""

_INSERT = """
INSERT INTO core_outboxrow AS r (id, kind, lane, owner_id, payload, key, awaits_id, state, due_at, attempts, losses,
    wishes, last_error, created_at)
VALUES (%(id)s, %(kind)s, %(lane)s, %(owner_id)s, %(payload)s::jsonb, %(key)s, %(awaits_id)s, %(state)s,
    CASE WHEN %(state)s = 'ready' THEN clock_timestamp() ELSE %(due_at)s::timestamptz END, 0, 0, 0, '',
    clock_timestamp())
ON CONFLICT (key) DO """
ADD_IF_NEW = _INSERT + "NOTHING"
_ASKED_AGAIN = (
    _INSERT
    + """UPDATE SET payload = excluded.payload, due_at = <due>, awaits_id = excluded.awaits_id,
    wishes = r.wishes + 1, attempts = 0, state = CASE WHEN <keeps> THEN r.state ELSE excluded.state END
"""
)
ADD = _ASKED_AGAIN.replace("<due>", "excluded.due_at").replace("<keeps>", "r.state = 'taken'")
# What was asked for many times is done at the first of the moments, however often it is asked for until then.
_WAITS_LESS = "r.state = 'ready' OR (r.state = 'later' AND r.due_at <= excluded.due_at)"
ADD_SOONEST = _ASKED_AGAIN.replace("<due>", f"CASE WHEN {_WAITS_LESS} THEN r.due_at ELSE excluded.due_at END").replace(
    "<keeps>", f"r.state = 'taken' OR {_WAITS_LESS}"
)

# Whose time has come. Several workers promote at once: each takes what the others have not locked. An index is asked
# by the moment of the statement alone, as that stays the same; and for an array of ids, not for a sub-query of unknown
# size: this is asked all the time, and most rows are not due.
PROMOTE = """
UPDATE core_outboxrow SET state = 'ready' WHERE id = ANY(ARRAY(
    SELECT id FROM core_outboxrow WHERE state = 'later' AND due_at <= statement_timestamp()
    ORDER BY due_at LIMIT 1000 FOR UPDATE SKIP LOCKED))
"""

# Rows whose process said nothing for the length of a lease. Up to a hundred are lost together, and nothing says with
# which of them the process was: only what is lost again while it is tried alone (`TAKE_ALONE`) is held to be the cause.
EXPIRE = f"""
UPDATE core_outboxrow SET state = 'ready', taken_by_id = NULL, leased_until = NULL,
    losses = CASE WHEN losses < {ALONE_AFTER} THEN losses + 1 ELSE losses END WHERE id = ANY(ARRAY(
    SELECT id FROM core_outboxrow WHERE state = 'taken' AND leased_until < statement_timestamp()
    ORDER BY leased_until LIMIT 1000 FOR UPDATE SKIP LOCKED))
"""

# Lanes in which something is ready, and in how many seconds the next row will be, of those that will be soon: nobody
# sleeps for longer, and of the others none is to be read.
OUTLOOK = """
SELECT ARRAY(SELECT l FROM unnest(%(lanes)s::text[]) AS l
        WHERE EXISTS (SELECT FROM core_outboxrow r WHERE r.state = 'ready' AND r.lane = l)),
    (SELECT extract(epoch FROM due_at - clock_timestamp())::float FROM core_outboxrow
     WHERE state = 'later' AND due_at <= statement_timestamp() + interval '10 s' ORDER BY due_at LIMIT 1)
"""

# Owners of ready rows from a place on, in order, and how many each has: one look at the index for each, however many
# rows it has.
WAITING = f"""
WITH RECURSIVE owners AS (
    (SELECT owner_id FROM core_outboxrow
     WHERE state = 'ready' AND lane = %(lane)s AND owner_id >= %(first)s ORDER BY owner_id LIMIT 1)
    UNION ALL
    SELECT n.owner_id FROM owners o CROSS JOIN LATERAL (
        SELECT owner_id FROM core_outboxrow
        WHERE state = 'ready' AND lane = %(lane)s AND owner_id > o.owner_id ORDER BY owner_id LIMIT 1) n
)
SELECT o.owner_id, (
    SELECT count(*) FROM (
        SELECT FROM core_outboxrow r WHERE r.state = 'ready' AND r.lane = %(lane)s AND r.owner_id = o.owner_id
          AND r.kind = ANY(%(kinds)s) AND r.losses < {ALONE_AFTER} LIMIT %(most)s) s)
FROM owners o LIMIT %(owners)s
"""

# So many of each owner, the oldest first; what another worker takes in the same moment is passed over.
_TAKE = """
UPDATE core_outboxrow r
SET state = 'taken', taken_by_id = %(worker)s, attempts = r.attempts + 1,
    leased_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
WHERE r.id = ANY(ARRAY(<chosen>))
RETURNING r.id, r.kind, r.owner_id, r.payload, r.key, r.attempts, r.losses, r.wishes, r.created_at
"""
CLAIM = _TAKE.replace(
    "<chosen>",
    f"""
    SELECT p.id FROM unnest(%(owners)s::uuid[], %(counts)s::int[]) AS w(owner_id, most)
    CROSS JOIN LATERAL (
        SELECT r.id FROM core_outboxrow r
        WHERE r.state = 'ready' AND r.lane = %(lane)s AND r.owner_id = w.owner_id AND r.kind = ANY(%(kinds)s)
          AND r.losses < {ALONE_AFTER}
        ORDER BY r.due_at LIMIT w.most FOR UPDATE SKIP LOCKED) p""",
)

# One of those that are tried alone, of any lane; they take no places there.
CLAIM_ALONE = _TAKE.replace(
    "<chosen>",
    f"""
    SELECT id FROM core_outboxrow WHERE state = 'ready' AND losses >= {ALONE_AFTER} AND kind = ANY(%(kinds)s)
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED""",
)

# One that somebody asks for again in this moment is locked: it is passed over, and renewed the next time.
RENEW = """
UPDATE core_outboxrow SET leased_until = clock_timestamp() + make_interval(secs => %(lease_s)s) WHERE id = ANY(ARRAY(
    SELECT id FROM core_outboxrow WHERE id = ANY(%(ids)s::uuid[]) AND taken_by_id = %(worker)s FOR UPDATE SKIP LOCKED))
"""

# Ends. What was asked for again meanwhile is due again, when that asked for it: the row is locked before its wishes are
# looked at. One that somebody is asking for in this very moment is passed over: `STILL_HELD` finds it, for later.
DONE = f"""
WITH held AS MATERIALIZED (
    SELECT r.id, r.wishes = (%(wishes)s::int[])[array_position(%(ids)s::uuid[], r.id)] AS is_done FROM core_outboxrow r
    WHERE r.id = ANY(%(ids)s::uuid[]) AND r.taken_by_id = %(worker)s FOR UPDATE OF r SKIP LOCKED
), gone AS (
    DELETE FROM core_outboxrow r WHERE r.id = ANY(ARRAY(SELECT id FROM held WHERE is_done)) RETURNING r.id
), again AS (
    UPDATE core_outboxrow r
    SET state = {_STATE.format(due="r.due_at")}, taken_by_id = NULL, leased_until = NULL, attempts = 0, losses = 0
    WHERE r.id = ANY(ARRAY(SELECT id FROM held WHERE NOT is_done)) RETURNING r.id
)
SELECT id FROM gone UNION ALL SELECT id FROM again
"""
STILL_HELD = "SELECT id FROM core_outboxrow WHERE id = ANY(%(ids)s::uuid[]) AND taken_by_id = %(worker)s"

_AGAIN = f"""
WITH held AS MATERIALIZED (
    SELECT id, wishes = %(wishes)s AS is_same FROM core_outboxrow
    WHERE id = %(id)s AND taken_by_id = %(worker)s FOR UPDATE SKIP LOCKED
)
UPDATE core_outboxrow r
SET state = CASE WHEN h.is_same THEN 'later' ELSE {_STATE.format(due="r.due_at")} END, taken_by_id = NULL,
    leased_until = NULL, losses = 0, <how>, due_at = CASE WHEN h.is_same THEN <due> ELSE r.due_at END
FROM held h WHERE r.id = %(id)s AND h.id = r.id RETURNING r.id
"""
LATER = _AGAIN.replace("<due>", "%(at)s").replace(
    "<how>",
    """attempts = 0, last_error = '',
    payload = CASE WHEN h.is_same THEN coalesce(%(payload)s::jsonb, r.payload) ELSE r.payload END""",
)
FAILED = _AGAIN.replace("<due>", "clock_timestamp() + make_interval(secs => %(pause_s)s)").replace(
    "<how>", "last_error = %(error)s"
)

# A process that stops: what it did not come to costs no try. Said like this, no index of all that is taken fits.
HAND_BACK = f"""
UPDATE core_outboxrow SET state = 'ready', taken_by_id = NULL, leased_until = NULL, attempts = attempts - 1,
    losses = least(losses, {ALONE_AFTER})
WHERE id = ANY(ARRAY(
    SELECT id FROM core_outboxrow WHERE taken_by_id = %(worker)s AND (state = 'taken') IS TRUE FOR UPDATE SKIP LOCKED))
"""

# Noted before it is tried: when its process is lost, nobody else writes it.
TAKE_ALONE = """
UPDATE core_outboxrow
SET losses = losses + 1, taken_by_id = %(worker)s, leased_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
WHERE id = %(id)s AND taken_by_id = %(holder)s AND (state = 'taken') IS TRUE
RETURNING id, kind, owner_id, payload, key, attempts, losses, wishes, created_at
"""
