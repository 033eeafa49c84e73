"""Runs that somebody else than their engine ends or puts back: their process was lost, or no engine can take them."""

from executor.sql.verbs_sql import closed_event

# People are asked by a run that goes on, and by no other; what was at work or waited in it ends with it.
_TASKS = f"""
    UPDATE executor_humantask t SET status = 'cancelled', responded_at = clock_timestamp()
    WHERE t.execution_id = ANY ((SELECT array_agg(execution_id) FROM lost WHERE becomes <> 'pending')::uuid[])
      AND (t.status = 'pending') IS TRUE
    RETURNING t.execution_id, {closed_event("cancelled")} AS told"""
# Each run with what is told of its tasks: gathered in one pass, however many runs and tasks there are.
_ENDING = """
    SELECT execution_id, max(becomes) AS becomes, max(seen_at) AS seen_at, count(told)::int AS closed,
        coalesce(jsonb_agg(told) FILTER (WHERE told IS NOT NULL), '[]') AS closings
    FROM (
        SELECT execution_id, becomes, seen_at, NULL::jsonb AS told FROM lost
        UNION ALL SELECT execution_id, NULL, NULL, told FROM tasks
    ) AS parts GROUP BY execution_id"""
_NODES = """
    UPDATE executor_noderun n SET status = 'cancelled', finished_at = clock_timestamp()
    WHERE n.execution_id = ANY ((SELECT array_agg(execution_id) FROM moved WHERE status <> 'pending')::uuid[])
      AND n.status IN ('running', 'waiting')"""


def _of(name: str, run: str) -> str:
    """Return what a row of `name` says of a run. No joins: the planner does not know how many rows these have, and
    may look for each row of a table through all of them."""
    return f"((SELECT by_id FROM {name}) -> {run}::text)"


# Runs that lost their process, which may have been one of them: back to the queue with the suspicion noted, or to an
# end. All rows are found by ids and what is known of each is looked up by its id.
# They ran until their process was seen for the last time: an outage of everything is nobody's running time.
_LOST = f"""
WITH RECURSIVE <before>lost AS (
    SELECT s.execution_id, <seen> AS seen_at,
        CASE WHEN s.command = 'stop' THEN 'cancelled' WHEN <ends> THEN 'failed' ELSE 'pending' END AS becomes
    <lost>
), tasks AS ({_TASKS}
), ending AS ({_ENDING}
), endings AS MATERIALIZED (
    SELECT array_agg(execution_id) AS ids, jsonb_object_agg(execution_id, to_jsonb(e)) AS by_id FROM ending e
), moved AS (
    UPDATE executor_runstate s
    SET status = {_of("endings", "s.execution_id")}->>'becomes',
        recoveries = s.recoveries + 1, suspicion = s.suspicion + <blame>, loss_cause = %(cause)s,
        worker_id = NULL, queued_at = clock_timestamp(),
        last_seq = s.last_seq + 1 + ({_of("endings", "s.execution_id")}->>'closed')::int,
        running_ms = s.running_ms + greatest((extract(epoch FROM
            ({_of("endings", "s.execution_id")}->>'seen_at')::timestamptz - s.claimed_at) * 1000)::bigint, 0)
    WHERE s.execution_id = ANY ((SELECT ids FROM endings)::uuid[])
    RETURNING s.*, {_of("endings", "s.execution_id")}->'closings' AS closings
), told AS (
    INSERT INTO executor_eventbatch (execution_id, last_seq, events)
    SELECT execution_id, last_seq, convert_to((closings || jsonb_build_array(jsonb_build_object(
        'type', CASE status WHEN 'pending' THEN 'execution.queued' WHEN 'failed' THEN 'execution.failed'
            ELSE 'execution.cancelled' END, 'at', clock_timestamp(),
        'data', CASE WHEN status = 'pending' THEN '{{"reason": "worker_lost"}}'::jsonb END)))::text, 'UTF8')
    FROM moved m
), over AS MATERIALIZED (
    SELECT array_agg(m.execution_id) AS ids, jsonb_object_agg(m.execution_id, jsonb_build_object(
        'end_reason', CASE WHEN m.status = 'failed' THEN 'worker_lost' ELSE 'stopped' END,
        'duration_ms', (extract(epoch FROM clock_timestamp() - m.started_at) * 1000)::bigint,
        'error', CASE WHEN m.status = 'failed' THEN jsonb_build_object('code', 'worker_lost', 'message',
            'The workers that ran this execution were lost ' || m.recoveries || ' times, the last time: '
                || %(cause)s::text,
            'node_id', NULL, 'node_label', NULL, 'path', '', 'retryable', false, 'details', '{{}}'::jsonb) END
        )) AS by_id
    FROM moved m WHERE m.status <> 'pending'
), ended AS (
    UPDATE executor_execution x
    SET finished_at = clock_timestamp(), end_reason = {_of("over", "x.id")}->>'end_reason',
        duration_ms = ({_of("over", "x.id")}->>'duration_ms')::bigint,
        error = nullif({_of("over", "x.id")}->'error', 'null')
    WHERE x.id = ANY ((SELECT ids FROM over)::uuid[])
), closed AS ({_NODES}
)
SELECT execution_id, status, suspicion, loss_cause FROM moved
"""

# A worker `p` is lost where it has gone, or was silent while somebody else renewed a lease without a break all the
# time: after an outage of the database every worker gets as long to come back.
SILENT = """(p.id IS NULL OR p.kind = 'gone'
      OR p.beat_at < clock_timestamp() - make_interval(secs => %(lease_s)s<times>) AND EXISTS (
        SELECT FROM core_processheartbeat q
        WHERE q.kind = 'worker' AND q.beat_at > clock_timestamp() - make_interval(secs => %(lease_s)s)
          AND (q.details->>'since')::timestamptz < clock_timestamp() - make_interval(secs => %(lease_s)s)))"""
# Of what is tried alone the worker that started its process is the judge, and has the time for that.
ALONE_TOO = SILENT.replace("<times>", " * CASE WHEN s.suspicion >= 2 THEN 3 ELSE 1 END")
SILENT = SILENT.replace("<times>", "")
_MOST = "s.suspicion + 1 >= %(most)s"


# Where a process says who may have been the reason, the others are suspected only if they lost one before; where it
# says that it knows nobody, those are tried alone.
BLAME_ON = """CASE WHEN %(suspects)s::uuid[] IS NULL OR s.execution_id = ANY(%(suspects)s) THEN 1
    WHEN s.recoveries = 0 THEN 0 WHEN cardinality(%(suspects)s::uuid[]) = 0 THEN greatest(2 - s.suspicion, 1)
    ELSE 1 END"""


def _lost(which: str, *, seen: str, ends: str, blame: str = "1", before: str = "") -> str:
    statement = _LOST.replace("<before>", before).replace("<lost>", which)
    return statement.replace("<seen>", seen).replace("<ends>", ends).replace("<blame>", blame)


def held_by_silent(table: str, key: str) -> str:
    """Return steps from one worker with something at work to the next along the index, and what the silent have."""
    step = f"SELECT worker_id FROM {table} WHERE status = 'running'"
    return f"""holders (id) AS (
    ({step} ORDER BY worker_id LIMIT 1)
    UNION ALL
    SELECT ({step} AND worker_id > h.id ORDER BY worker_id LIMIT 1) FROM holders h WHERE h.id IS NOT NULL
), silent AS MATERIALIZED (
    SELECT h.id FROM holders h LEFT JOIN core_processheartbeat p ON p.id = h.id WHERE h.id IS NOT NULL AND {SILENT}
), swept AS MATERIALIZED (
    SELECT array_agg(f.id) AS ids FROM (
        SELECT s.id FROM silent h CROSS JOIN LATERAL (
            SELECT {key} AS id FROM {table} WHERE status = 'running' AND worker_id = h.id LIMIT 1000) s
        UNION ALL (SELECT {key} FROM {table} WHERE status = 'running' AND worker_id IS NULL LIMIT 1000)
    ) f
), """


# Those of silent workers. What nobody could try alone, as often as its process is lost, has to end all the same.
SWEEP_LOST = _lost(
    f"""FROM executor_runstate s LEFT JOIN core_processheartbeat p ON p.id = s.worker_id
    WHERE s.execution_id = ANY ((SELECT ids FROM swept)::uuid[]) AND (s.status = 'running') IS TRUE AND {ALONE_TOO}
    ORDER BY s.execution_id LIMIT 1000 FOR UPDATE OF s SKIP LOCKED""",
    seen="p.beat_at",
    ends=_MOST,
    before=held_by_silent("executor_runstate", "execution_id"),
)

# One that broke its worker's hold on it: the same exception again, or a process of its own that went down with it.
BLAME = _lost(
    """FROM executor_runstate s
    WHERE s.execution_id = %(id)s AND s.epoch = %(epoch)s AND s.status = 'running' FOR UPDATE OF s""",
    seen="clock_timestamp()",
    ends="%(ends)s::bool",
)

# All that a process holds, as it ends before its time or was found dead.
_HELD = """FROM executor_runstate s LEFT JOIN core_processheartbeat p ON p.id = s.worker_id
    WHERE s.worker_id = %(worker)s AND s.status = 'running'
    FOR UPDATE OF s SKIP LOCKED"""
GIVE_UP = _lost(_HELD, seen="p.beat_at", ends="%(ends)s::bool", blame=BLAME_ON)
STILL_HELD = "SELECT execution_id FROM executor_runstate WHERE worker_id = %(worker)s AND status = 'running' LIMIT 1"
GIVE_UP_DEAD = _lost(_HELD, seen="p.beat_at", ends=_MOST)

# The engines of a dead process, told by the mark that its supervisor gave it alone.
ENGINES_OF = """
SELECT id FROM core_processheartbeat
WHERE kind = 'worker' AND details->>'process' = %(process)s AND details->>'pid' = %(pid)s
"""

_FAIL = f"""
WITH lost AS (
    SELECT s.execution_id, 'failed' AS becomes, NULL::timestamptz AS seen_at FROM executor_runstate s
    WHERE s.execution_id = %(id)s AND <which> FOR UPDATE
), tasks AS ({_TASKS}
), ending AS ({_ENDING}
), moved AS (
    UPDATE executor_runstate s SET status = l.becomes, worker_id = NULL, last_seq = s.last_seq + 1 + l.closed
    FROM ending l WHERE s.execution_id = l.execution_id RETURNING s.*, l.closings
), told AS (
    INSERT INTO executor_eventbatch (execution_id, last_seq, events)
    SELECT execution_id, last_seq, convert_to((closings || jsonb_build_array(jsonb_build_object(
        'type', 'execution.failed', 'at', clock_timestamp(), 'data', NULL)))::text, 'UTF8')
    FROM moved m
), closed AS ({_NODES}
)
UPDATE executor_execution x SET end_reason = 'error', finished_at = clock_timestamp(), duration_ms = 0,
    error = jsonb_build_object('code', '<code>', 'message', <message>, 'node_id', NULL, 'node_label', NULL, 'path', '',
        'retryable', false, 'details', '{{}}'::jsonb)
FROM moved m WHERE x.id = m.execution_id
"""

FAIL_UNLOADABLE = (
    _FAIL.replace("<which>", "s.epoch = %(epoch)s AND s.status = 'running'")
    .replace("<code>", "compilation_failed")
    .replace("<message>", "'The definition can no longer be compiled'")
)

# One that waits and that no statement can take; nothing of its row is computed with.
FAIL_UNCLAIMABLE = (
    _FAIL.replace("<which>", "s.status = 'pending'")
    .replace("<code>", "engine_error")
    .replace("<message>", "'No worker can take this execution: ' || %(cause)s::text")
)
