"""Turns of nodes that workers of other queues do: kept, claimed, finished, handed back."""

from executor.sql.lost_runs_sql import ALONE_TOO, BLAME_ON, held_by_silent
from executor.sql.verbs_sql import TELL_WAKE, WAKE

_ALIVE = "('pending', 'running', 'waiting', 'paused')"

# One that was kept before, by a worker that was lost then, stays as it is: it may be at work already.
KEEP = """
INSERT INTO executor_nodejob (id, execution_id, node_id, path, number, owner_id, queue, priority, status, epoch,
    recoveries, suspicion, request, queued_at)
VALUES (%(job_id)s, %(id)s, %(node_id)s, %(path)s, %(number)s, %(owner_id)s, %(queue)s, %(priority)s, 'pending', 0, 0,
    0, %(request)s, clock_timestamp())
ON CONFLICT DO NOTHING
"""


def _walk(name: str, begin: str) -> str:
    """Return steps from one owner with pending jobs to the next, along the index of each queue, so many at most."""
    step = """(SELECT j.owner_id FROM executor_nodejob j WHERE j.status = 'pending'<suspect> AND j.queue = {queue}
        AND j.owner_id > {owner} ORDER BY j.owner_id LIMIT 1)"""
    return f"""{name} (queue, owner_id, place) AS (
    SELECT q.queue, {step.format(queue="q.queue", owner=begin)}, 1 FROM queues q
    UNION ALL
    SELECT w.queue, {step.format(queue="w.queue", owner="w.owner_id")}, w.place + 1
    FROM {name} w WHERE w.owner_id IS NOT NULL AND w.place <= %(most)s
)"""


# A job is there for others once its run waits for it, and as long as that run lives. Owners are found by jumping along
# the index, from the one served last; each may hold half of the places while others wait, alone all but one.
_CLAIM = f"""
WITH RECURSIVE queues AS (
    SELECT unnest(%(queues)s::text[]) AS queue
), {_walk("onward", "%(after)s::uuid")}, {_walk("again", "'00000000-0000-0000-0000-000000000000'::uuid")}, owners AS (
    SELECT queue, owner_id FROM onward WHERE owner_id IS NOT NULL
    UNION SELECT queue, owner_id FROM again WHERE owner_id IS NOT NULL
), held AS (
    SELECT unnest(%(holders)s::uuid[]) AS owner_id, unnest(%(held)s::int[]) AS jobs
), ready AS (
    SELECT r.id, r.owner_id, r.queued_at,
        coalesce(h.jobs, 0) + row_number() OVER (PARTITION BY r.owner_id ORDER BY r.priority DESC, r.queued_at) AS turn
    FROM owners o LEFT JOIN held h ON h.owner_id = o.owner_id CROSS JOIN LATERAL (
        SELECT j.id, j.owner_id, j.priority, j.queued_at
        FROM executor_nodejob j
        JOIN executor_runstate s ON s.execution_id = j.execution_id
        JOIN executor_wait w ON w.execution_id = j.execution_id AND w.node_id = j.node_id AND w.path = j.path
            AND w.number = j.number
        WHERE j.status = 'pending' AND <trusted> AND j.queue = o.queue AND j.owner_id = o.owner_id
          AND (j.due_at IS NULL OR j.due_at <= clock_timestamp())
          AND w.answered_at IS NULL
          AND s.status IN {_ALIVE} AND s.command IS DISTINCT FROM 'stop'
        ORDER BY j.priority DESC, j.queued_at LIMIT %(most)s + 20  -- some may be locked
    ) r
), share AS (
    SELECT greatest(1, CASE WHEN count(DISTINCT owner_id) > 1 THEN %(places)s / 2 ELSE %(places)s - 1 END) AS most
    FROM ready
), queue AS (
    SELECT r.id, r.turn, r.queued_at FROM ready r WHERE r.turn <= (SELECT most FROM share)
    ORDER BY r.turn, r.queued_at LIMIT %(most)s + 20
), turns AS MATERIALIZED (
    SELECT array_agg(q.id ORDER BY q.turn, q.queued_at) AS ids FROM queue q
), picked AS (  -- looked up by their ids: for a join all that are pending would be read
    SELECT j.id FROM executor_nodejob j
    WHERE j.id = ANY ((SELECT ids FROM turns)::uuid[]) AND (j.status = 'pending') IS TRUE
    ORDER BY array_position((SELECT ids FROM turns), j.id) LIMIT %(most)s FOR UPDATE OF j SKIP LOCKED
)
UPDATE executor_nodejob j
SET status = 'running', epoch = j.epoch + 1, worker_id = %(worker)s, claimed_at = clock_timestamp()
FROM picked p WHERE j.id = p.id
RETURNING j.id, j.epoch, j.execution_id, j.node_id, j.owner_id, j.request
"""

CLAIM = _CLAIM.replace("<trusted>", "j.suspicion < 2").replace("<suspect>", "")
# Alone, as with runs: there are few, so their owners are looked for among them.
CLAIM_SUSPECT = _CLAIM.replace("<trusted>", "j.suspicion >= 2").replace("<suspect>", " AND j.suspicion >= 2")

# The result, and the answer to the wait of the run. No row: the job was somebody else's by now, or nobody's.
FINISH = f"""
WITH done AS (
    UPDATE executor_nodejob
    SET status = 'done', result = %(result)s, finished_at = clock_timestamp(), worker_id = NULL
    WHERE id = %(job_id)s AND epoch = %(epoch)s AND status = 'running'
    RETURNING execution_id, node_id, path, number
), held AS (
    SELECT s.execution_id, s.status FROM executor_runstate s
    WHERE s.execution_id = (SELECT execution_id FROM done) AND s.status IN {_ALIVE} FOR UPDATE
), answered AS (
    UPDATE executor_wait w SET answered_at = clock_timestamp(), answer = '{{"by": "worker"}}'::jsonb
    FROM done d JOIN held h ON h.execution_id = d.execution_id
    WHERE w.execution_id = d.execution_id AND w.node_id = d.node_id AND w.path = d.path AND w.number = d.number
      AND w.answered_at IS NULL
    RETURNING w.execution_id
), moved AS ({WAKE}
    FROM held h JOIN answered a ON a.execution_id = h.execution_id
    WHERE s.execution_id = h.execution_id
    RETURNING s.*, h.status AS before
), told AS ({TELL_WAKE}
)
SELECT execution_id, status FROM moved
"""

RESULT = """
SELECT result FROM executor_nodejob
WHERE execution_id = %(id)s AND node_id = %(node_id)s AND path = %(path)s AND number = %(number)s AND status = 'done'
"""

# Its next attempt is due later; until then it holds nobody's place.
PUT_OFF = """
UPDATE executor_nodejob SET status = 'pending', worker_id = NULL, request = %(request)s,
    due_at = clock_timestamp() + make_interval(secs => %(delay_s)s)
WHERE id = %(job_id)s AND epoch = %(epoch)s AND status = 'running'
"""

HAND_BACK = """
UPDATE executor_nodejob SET status = 'pending', worker_id = NULL
WHERE id = %(job_id)s AND epoch = %(epoch)s AND status = 'running'
"""

# One that broke its worker's hold on it goes back with the suspicion noted.
BLAME = """
UPDATE executor_nodejob SET status = 'pending', worker_id = NULL, recoveries = recoveries + 1, suspicion = suspicion + 1
WHERE id = %(job_id)s AND epoch = %(epoch)s AND status = 'running'
"""

# All that a process holds, as it ends before its time.
GIVE_UP = f"""
UPDATE executor_nodejob s
SET status = 'pending', worker_id = NULL, recoveries = s.recoveries + 1, suspicion = s.suspicion + {BLAME_ON}
WHERE s.worker_id = %(worker)s AND s.status = 'running'
"""

# What a process of its own went down with.
OF_WORKER = "SELECT id, epoch, execution_id FROM executor_nodejob WHERE worker_id = %(worker)s AND status = 'running'"

# Those that stand in a worker's name and that it knows nothing of: the answer to its claim was lost.
HAND_BACK_STRAYS = """
UPDATE executor_nodejob SET status = 'pending', worker_id = NULL
WHERE worker_id = %(worker)s AND status = 'running' AND id <> ALL(%(held)s::uuid[])
  AND claimed_at < clock_timestamp() - make_interval(secs => %(age_s)s)
"""

# Which of those we work on are no longer wanted of us.
UNWANTED = f"""
SELECT k.id FROM unnest(%(ids)s::uuid[], %(epochs)s::int[]) AS k(id, epoch)
LEFT JOIN executor_nodejob j ON j.id = k.id AND j.epoch = k.epoch AND j.status = 'running'
LEFT JOIN executor_runstate s ON s.execution_id = j.execution_id
WHERE j.id IS NULL OR s.status NOT IN {_ALIVE} OR s.command = 'stop'
"""

# Jobs of silent workers; those that took too many workers with them are returned still `running`, to be finished.
SWEEP = """
WITH RECURSIVE <held>lost AS (
    SELECT s.id FROM executor_nodejob s LEFT JOIN core_processheartbeat p ON p.id = s.worker_id
    WHERE s.id = ANY ((SELECT ids FROM swept)::uuid[]) AND (s.status = 'running') IS TRUE AND <silent>
    ORDER BY s.id LIMIT 1000 FOR UPDATE OF s SKIP LOCKED
)
UPDATE executor_nodejob j
SET status = CASE WHEN j.suspicion + 1 >= %(most)s THEN 'running' ELSE 'pending' END, epoch = j.epoch + 1,
    worker_id = NULL, recoveries = j.recoveries + 1, suspicion = j.suspicion + 1
WHERE j.id = ANY ((SELECT array_agg(id) FROM lost)::uuid[])
RETURNING j.id, j.epoch, j.status
""".replace("<held>", held_by_silent("executor_nodejob", "id")).replace("<silent>", ALONE_TOO)

# Those of runs that have ended: a few among all there are, so this is asked seldom.
REMOVE_OVER = f"""
DELETE FROM executor_nodejob WHERE execution_id = ANY (ARRAY(
    SELECT execution_id FROM executor_runstate
    WHERE execution_id = ANY (ARRAY(SELECT DISTINCT execution_id FROM executor_nodejob)) AND status NOT IN {_ALIVE}))
"""
