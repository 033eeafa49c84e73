"""The queue: runs that wait for a worker, and who gets one next. Nobody takes what is to be stopped."""

from core.fairness.room import HELD_FOR_EACH_FREE
from executor.sql.journal_sql import tell

# What a run was started with. A claim brings it along where it is small: a hundred inputs of 16 MiB are no one answer,
# and each is read in a thread, as its owner's turn is. Bytes as they are stored, which may be a hundredth of the text.
VALUES = ("input", "variables", "pinned", "partial")
# The text that holds the order of its keys comes first, where there is one.
_READ = {name: f"x.{name}" for name in VALUES} | {"input": "coalesce(x.input_text::json, x.input::json)"}
_SIZES = {name: f"coalesce(pg_column_size(x.{name}), 0)" for name in VALUES} | {
    "input": "greatest(pg_column_size(x.input), pg_column_size(x.input_text), 0)"
}
_LARGE = 8192
_RESUMED = """CASE WHEN epoch > 1 THEN jsonb_build_object('status', 'running',
    'after', CASE WHEN wakes > 0 THEN 'waiting' ELSE 'pending' END,
    'waited_ms', (extract(epoch FROM claimed_at - queued_at) * 1000)::bigint) END"""

# Whether an owner may have one more place (`core.fairness.room`), as the `place`th of his and the `turn`th of all that
# this claim gives. One that turns out to be locked leaves a place more. Who could not have it even as the first one of
# all is left out before turns are given: else runs of an owner who is held back would use up the turns of others.
_HAS_ROOM = f"""
    h.places + {{place}} - 1 < {HELD_FOR_EACH_FREE} * (%(most)s - {{turn}})
    OR h.places + {{place}} = 1 AND {{turn}} <= %(most)s"""
_HELD = """CROSS JOIN LATERAL (
        SELECT coalesce((%(held)s::int[])[array_position(%(holders)s::uuid[], {owner})], 0) AS places
    ) h"""

_CLAIM = (
    """
WITH <picked>, claimed AS (
    UPDATE executor_runstate s
    SET status = 'running', epoch = s.epoch + 1, worker_id = %(worker)s, last_seq = s.last_seq + 1,
        claimed_at = clock_timestamp(), started_at = coalesce(s.started_at, clock_timestamp())
    FROM picked p WHERE s.execution_id = p.execution_id
    RETURNING s.*
), told AS (<told>
)
SELECT c.execution_id, c.epoch, c.commit_no, c.last_seq, c.command, c.wakes, c.running_ms, c.started_at, c.limit_key,
    c.priority, x.owner_id, x.workflow_id, x.workflow_name, x.definition_hash, x.mode, x.trigger_node_id,
    x.sub_workflows, x.parent_execution_id, x.depth, x.goal, x.retry_of_id, x.takes_over, x.effects_id,
    x.root_execution_id, v.are_large, <values>
FROM claimed c
CROSS JOIN LATERAL (SELECT e.* FROM executor_execution e WHERE e.id = c.execution_id OFFSET 0) x  -- by id, one by one
CROSS JOIN LATERAL (SELECT <size> > <most> AS are_large) v
""".replace("<values>", ", ".join(f"CASE WHEN NOT v.are_large THEN {_READ[name]} END AS {name}" for name in VALUES))
    .replace("<size>", " + ".join(_SIZES.values()))
    .replace("<most>", str(_LARGE))
    .replace(
        "<told>",
        tell(
            "claimed",
            kind="CASE WHEN epoch = 1 THEN 'execution.started' ELSE 'execution.resumed' END",
            at="claimed_at",
            data=_RESUMED,
        ),
    )
)

# Those a message told of.
CLAIM_RUNG = _CLAIM.replace(
    "<picked>",
    f"""places AS (
    SELECT execution_id, owner_id, priority, queued_at,
        row_number() OVER (PARTITION BY owner_id ORDER BY priority DESC, queued_at) AS place
    FROM executor_runstate
    WHERE (status = 'pending') IS TRUE AND suspicion < 2 AND limit_key IS NULL AND execution_id = ANY(%(ids)s::uuid[])
      AND command IS DISTINCT FROM 'stop'
), queue AS (
    SELECT p.*, row_number() OVER (ORDER BY p.place, p.priority DESC, p.queued_at) AS turn
    FROM places p {_HELD.format(owner="p.owner_id")} WHERE {_HAS_ROOM.format(place="p.place", turn="1")}
), turns AS MATERIALIZED (
    SELECT array_agg(q.execution_id) AS ids FROM queue q {_HELD.format(owner="q.owner_id")}
    WHERE {_HAS_ROOM.format(place="q.place", turn="q.turn")}
), picked AS (
    SELECT s.execution_id FROM executor_runstate s
    WHERE s.execution_id = ANY ((SELECT ids FROM turns)::uuid[]) AND (s.status = 'pending') IS TRUE
      AND (s.command = 'stop') IS NOT TRUE
    LIMIT %(most)s FOR UPDATE OF s SKIP LOCKED
)""",
)

# Those of the highest priority that have waited longest, but one of each owner in turn: nobody's thousand runs, however
# urgent, keep somebody's one waiting. Who has most at work, or was served last by this worker, comes last.
# Owners are found by jumping from one to the next along the index, from that of the oldest run and from the first one,
# as many as there are places.
CLAIM_OLDER = _CLAIM.replace(
    "<picked>",
    f"""RECURSIVE oldest AS (
    SELECT owner_id FROM executor_runstate WHERE status = 'pending' ORDER BY queued_at LIMIT 1
), onward (owner_id, place) AS (
    SELECT owner_id, 1 FROM oldest
    UNION ALL
    SELECT (SELECT s.owner_id FROM executor_runstate s
            WHERE s.status = 'pending' AND s.owner_id > o.owner_id ORDER BY s.owner_id LIMIT 1), o.place + 1
    FROM onward o WHERE o.owner_id IS NOT NULL AND o.place <= %(most)s
), first (owner_id, place) AS (
    (SELECT owner_id, 1 FROM executor_runstate WHERE status = 'pending' ORDER BY owner_id LIMIT 1)
    UNION ALL
    SELECT (SELECT s.owner_id FROM executor_runstate s
            WHERE s.status = 'pending' AND s.owner_id > f.owner_id ORDER BY s.owner_id LIMIT 1), f.place + 1
    FROM first f WHERE f.owner_id IS NOT NULL AND f.place <= %(most)s
), owners AS (
    SELECT owner_id FROM onward UNION SELECT owner_id FROM first
), at_work AS (
    SELECT owner_id, count(*) AS runs FROM executor_runstate WHERE status = 'running' GROUP BY owner_id
), places AS (
    SELECT q.*, array_position(%(served)s::uuid[], q.owner_id) AS served, coalesce(w.runs, 0) + q.place AS at_work
    FROM owners o LEFT JOIN at_work w ON w.owner_id = o.owner_id CROSS JOIN LATERAL (
        SELECT s.execution_id, s.owner_id, s.queued_at,
            row_number() OVER (ORDER BY s.priority DESC, s.queued_at) AS place
        FROM executor_runstate s
        WHERE s.status = 'pending' AND s.owner_id = o.owner_id AND s.suspicion < 2 AND s.limit_key IS NULL
          AND s.queued_at < clock_timestamp() - make_interval(secs => %(age_s)s) AND s.command IS DISTINCT FROM 'stop'
        ORDER BY s.priority DESC, s.queued_at LIMIT %(most)s
    ) q
), queue AS (
    SELECT p.*, row_number() OVER (ORDER BY p.at_work, p.served NULLS FIRST, p.queued_at) AS turn
    FROM places p {_HELD.format(owner="p.owner_id")} WHERE {_HAS_ROOM.format(place="p.place", turn="1")}
), turns AS MATERIALIZED (
    SELECT array_agg(q.execution_id ORDER BY q.turn) AS ids FROM queue q {_HELD.format(owner="q.owner_id")}
    WHERE {_HAS_ROOM.format(place="q.place", turn="q.turn")}
), picked AS (  -- looked up by their ids: a join, or the index of what is pending, would be read from end to end
    SELECT s.execution_id FROM executor_runstate s
    WHERE s.execution_id = ANY ((SELECT ids FROM turns)::uuid[]) AND (s.status = 'pending') IS TRUE
      AND (s.command = 'stop') IS NOT TRUE
    ORDER BY array_position((SELECT ids FROM turns), s.execution_id) LIMIT %(most)s FOR UPDATE OF s SKIP LOCKED
)""",
)

# Whose runs wait for one of a few places: so many owners from one on, and on from the first one, none twice.
OWNERS = 1000


def _owners(name: str, which: str) -> str:
    """Return steps from one owner to the next along the index, so many at most."""
    step = """(SELECT s.owner_id FROM executor_runstate s
        WHERE s.status = 'pending' AND s.limit_key IS NOT NULL AND {which} ORDER BY s.owner_id LIMIT 1)"""
    return f"""{name} (owner_id, number) AS (
    SELECT {step.format(which=which)}, 1
    UNION ALL
    SELECT {step.format(which=f"s.owner_id > o.owner_id AND {which}")}, o.number + 1
    FROM {name} o WHERE o.owner_id IS NOT NULL AND o.number < %(most)s
)"""


LIMITED_OWNERS = f"""
WITH RECURSIVE {_owners("onward", "s.owner_id > %(after)s")}, {_owners("first", "s.owner_id <= %(after)s")}
SELECT owner_id FROM (
    SELECT 1 AS round, owner_id, number FROM onward UNION ALL SELECT 2, owner_id, number FROM first
) found WHERE owner_id IS NOT NULL ORDER BY round, number LIMIT %(most)s
"""

# Their runs, one of each owner in turn as above. An owner may have as many keys as runs, so some are looked at: in the
# order of their hashes, from anywhere on, and from the first one.
# Who claims them has the lock below: two never count the same place.
LIMITED_LOCK = "SELECT pg_advisory_xact_lock(7243051)"
_KEYS = 200


def _keys(name: str, begin: str) -> str:
    """Return steps from one limit of each owner to the next along the index, so many at most."""
    step = """(SELECT s.limit_key FROM executor_runstate s
        WHERE s.status = 'pending' AND s.limit_key IS NOT NULL AND s.owner_id = {owner} AND md5(s.limit_key) > {key}
        ORDER BY md5(s.limit_key) LIMIT 1)"""
    return f"""{name} (owner_id, limit_key, number) AS (
    SELECT o.owner_id, {step.format(owner="o.owner_id", key=begin)}, 1 FROM owners o
    UNION ALL
    SELECT k.owner_id, {step.format(owner="k.owner_id", key="md5(k.limit_key)")}, k.number + 1
    FROM {name} k WHERE k.limit_key IS NOT NULL AND k.number < {_KEYS}
)"""


# A run has its place from when it begins until it ends: while it waits or is paused, too, and when it is woken.
HOLDS = "{row}.started_at IS NOT NULL AND {row}.status IN ('pending', 'running', 'waiting', 'paused')"

CLAIM_LIMITED = _CLAIM.replace(
    "<picked>",
    f"""RECURSIVE owners AS (
    SELECT unnest(%(owners)s::uuid[]) AS owner_id
), anywhere AS MATERIALIZED (
    SELECT md5(random()::text) AS hash
), {_keys("onward", "(SELECT hash FROM anywhere)")}, {_keys("first", "''")}, keys AS (
    SELECT limit_key FROM onward WHERE limit_key IS NOT NULL
    UNION SELECT limit_key FROM first WHERE limit_key IS NOT NULL
), places AS (
    SELECT q.*
    FROM keys k
    CROSS JOIN LATERAL (
        SELECT count(*) AS taken FROM executor_runstate r
        WHERE r.limit_key = k.limit_key AND {HOLDS.format(row="r")}
    ) t
    CROSS JOIN LATERAL (
        (SELECT s.execution_id, s.owner_id, s.queued_at, s.limit_max, s.limit_max - t.taken AS place
        FROM executor_runstate s
        WHERE s.limit_key = k.limit_key AND {HOLDS.format(row="s")} AND (s.status = 'pending') IS TRUE
          AND s.suspicion < 2 AND s.command IS DISTINCT FROM 'stop'
        LIMIT %(most)s)  -- along the index of those that hold places: the one of what is pending would be read whole
        UNION ALL
        (SELECT s.execution_id, s.owner_id, s.queued_at, s.limit_max,
            row_number() OVER (ORDER BY s.priority DESC, s.queued_at, s.execution_id) AS place
        FROM executor_runstate s
        WHERE s.status = 'pending' AND s.suspicion < 2 AND s.limit_key = k.limit_key AND s.started_at IS NULL
          AND s.command IS DISTINCT FROM 'stop'
        ORDER BY s.priority DESC, s.queued_at, s.execution_id LIMIT %(most)s)
    ) q
    WHERE q.place <= q.limit_max - t.taken
), at_work AS (
    SELECT owner_id, count(*) AS runs FROM executor_runstate WHERE status = 'running' GROUP BY owner_id
), in_turn AS (
    SELECT p.*, row_number() OVER (PARTITION BY p.owner_id ORDER BY p.place, p.queued_at) AS nth FROM places p
), queue AS (
    SELECT p.execution_id, p.owner_id, p.nth,
        row_number() OVER (ORDER BY coalesce(w.runs, 0) + p.nth, p.queued_at) AS turn
    FROM in_turn p LEFT JOIN at_work w ON w.owner_id = p.owner_id {_HELD.format(owner="p.owner_id")}
    WHERE {_HAS_ROOM.format(place="p.nth", turn="1")}
), turns AS MATERIALIZED (
    SELECT array_agg(q.execution_id ORDER BY q.turn) AS ids FROM queue q {_HELD.format(owner="q.owner_id")}
    WHERE {_HAS_ROOM.format(place="q.nth", turn="q.turn")}
), picked AS (  -- looked up by their ids: a join, or the index of what is pending, would be read from end to end
    SELECT s.execution_id FROM executor_runstate s
    WHERE s.execution_id = ANY ((SELECT ids FROM turns)::uuid[]) AND (s.status = 'pending') IS TRUE
      AND (s.command = 'stop') IS NOT TRUE
    ORDER BY array_position((SELECT ids FROM turns), s.execution_id) LIMIT %(most)s FOR UPDATE OF s SKIP LOCKED
)""",
)
_HAS_PLACE = f"""(s.limit_key IS NULL OR s.started_at IS NOT NULL OR s.limit_max > (
        SELECT count(*) FROM executor_runstate r
        WHERE r.limit_key = s.limit_key AND {HOLDS.format(row="r")}))"""

# The one that has waited longest of those that lost two processes: it is tried once more, in a process of its own.
CLAIM_SUSPECT = _CLAIM.replace(
    "<picked>",
    f"""suspects AS MATERIALIZED (  -- else the index in which owners stand together is read from end to end
    SELECT execution_id, owner_id, queued_at, limit_key, limit_max, started_at
    FROM executor_runstate WHERE status = 'pending' AND suspicion >= 2 AND command IS DISTINCT FROM 'stop'
), queue AS (
    SELECT s.execution_id, s.queued_at, s.of_owner
    FROM (SELECT *, count(*) OVER (PARTITION BY owner_id) AS of_owner FROM suspects) s
    WHERE {_HAS_PLACE}
    ORDER BY s.of_owner, s.queued_at LIMIT 20  -- some may be locked
), turns AS MATERIALIZED (
    SELECT array_agg(q.execution_id ORDER BY q.of_owner, q.queued_at) AS ids FROM queue q
), picked AS (
    SELECT s.execution_id FROM executor_runstate s
    WHERE s.execution_id = ANY ((SELECT ids FROM turns)::uuid[]) AND (s.status = 'pending') IS TRUE
      AND (s.command = 'stop') IS NOT TRUE
    ORDER BY array_position((SELECT ids FROM turns), s.execution_id) LIMIT 1 FOR UPDATE OF s SKIP LOCKED
)""",
)
# One of those, or of those with a limit, by its id.
CLAIM_ONE = _CLAIM.replace(
    "<picked>",
    f"""picked AS (
    SELECT s.execution_id FROM executor_runstate s
    WHERE s.status = 'pending' AND s.execution_id = ANY(%(ids)s::uuid[]) AND s.command IS DISTINCT FROM 'stop'
      AND {_HAS_PLACE}
    FOR UPDATE OF s SKIP LOCKED
)""",
)
ANY_SUSPECT = f"""
SELECT 1 AS found WHERE
    %(takes_runs)s::bool AND EXISTS (
        SELECT FROM executor_runstate s
        WHERE s.status = 'pending' AND s.suspicion >= 2 AND s.command IS DISTINCT FROM 'stop' AND {_HAS_PLACE})
    OR EXISTS (
        SELECT FROM executor_nodejob j JOIN executor_runstate s ON s.execution_id = j.execution_id
        JOIN executor_wait w ON w.execution_id = j.execution_id AND w.node_id = j.node_id AND w.path = j.path
            AND w.number = j.number
        WHERE j.status = 'pending' AND j.suspicion >= 2 AND j.queue = ANY(%(queues)s) AND w.answered_at IS NULL
          AND s.status IN ('pending', 'running', 'waiting', 'paused') AND s.command IS DISTINCT FROM 'stop')
"""

# Who waits, oldest first, of those that one claim is for: to be claimed one by one, so many at a time.
_WAITING = """
SELECT execution_id, queued_at FROM executor_runstate
WHERE status = 'pending' AND <which> AND (queued_at, execution_id) > (%(queued_at)s, %(after)s)
ORDER BY queued_at, execution_id LIMIT %(most)s
"""
WAITING = _WAITING.replace("<which>", "suspicion < 2 AND limit_key IS NULL")
WAITING_LIMITED = _WAITING.replace("<which>", "suspicion < 2 AND limit_key IS NOT NULL")
WAITING_SUSPECTS = _WAITING.replace("<which>", "suspicion >= 2")
