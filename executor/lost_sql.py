"""Runs that somebody else than their engine ends or puts back: their process was lost, or no engine can take them."""

from executor.verbs_sql import closed_event

# People are asked by a run that goes on, and by no other; what was at work or waited in it ends with it.
_TASKS = f"""
    UPDATE executor_humantask t SET status = 'cancelled', responded_at = clock_timestamp()
    FROM lost l
    WHERE t.execution_id = l.execution_id AND t.status = 'pending' AND l.becomes <> 'pending'
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
    FROM moved m
    WHERE n.execution_id = m.execution_id AND m.status <> 'pending' AND n.status IN ('running', 'waiting')"""

# Runs that lost their process, which may have been one of them: back to the queue with the suspicion noted, or to an
# end. They ran until their process was seen for the last time: an outage of everything is nobody's running time.
_LOST = f"""
WITH lost AS (
    SELECT s.execution_id, <seen> AS seen_at,
        CASE WHEN s.command = 'stop' THEN 'cancelled' WHEN <ends> THEN 'failed' ELSE 'pending' END AS becomes
    <lost>
), tasks AS ({_TASKS}
), ending AS ({_ENDING}
), moved AS (
    UPDATE executor_runstate s
    SET status = l.becomes, recoveries = s.recoveries + 1, suspicion = s.suspicion + <blame>, loss_cause = %(cause)s,
        worker_id = NULL, last_seq = s.last_seq + 1 + l.closed, queued_at = clock_timestamp(),
        running_ms = s.running_ms + greatest((extract(epoch FROM l.seen_at - s.claimed_at) * 1000)::bigint, 0)
    FROM ending l WHERE s.execution_id = l.execution_id
    RETURNING s.*, l.closings
), told AS (
    INSERT INTO executor_eventbatch (execution_id, last_seq, events)
    SELECT execution_id, last_seq, convert_to((closings || jsonb_build_array(jsonb_build_object(
        'type', CASE status WHEN 'pending' THEN 'execution.queued' WHEN 'failed' THEN 'execution.failed'
            ELSE 'execution.cancelled' END, 'at', clock_timestamp(),
        'data', CASE WHEN status = 'pending' THEN '{{"reason": "worker_lost"}}'::jsonb END)))::text, 'UTF8')
    FROM moved m
), ended AS (
    UPDATE executor_execution x
    SET end_reason = CASE WHEN m.status = 'failed' THEN 'worker_lost' ELSE 'stopped' END,
        finished_at = clock_timestamp(),
        duration_ms = (extract(epoch FROM clock_timestamp() - m.started_at) * 1000)::bigint,
        error = CASE WHEN m.status = 'failed' THEN jsonb_build_object('code', 'worker_lost', 'message',
            'The workers that ran this execution were lost ' || m.recoveries || ' times, the last time: '
                || %(cause)s::text,
            'node_id', NULL, 'node_label', NULL, 'path', '', 'retryable', false, 'details', '{{}}'::jsonb) END
    FROM moved m WHERE x.id = m.execution_id AND m.status <> 'pending'
), closed AS ({_NODES}
)
SELECT execution_id, status, suspicion, loss_cause FROM moved
"""

# A worker `p` is lost where it has gone, or was silent while somebody else renewed a lease without a break all the
# time: after an outage of the database every worker gets as long to come back.
SILENT = """(p.id IS NULL OR p.kind = 'gone' OR p.beat_at < clock_timestamp() - make_interval(secs => %(lease_s)s)
      AND EXISTS (
        SELECT FROM core_processheartbeat q
        WHERE q.kind = 'worker' AND q.beat_at > clock_timestamp() - make_interval(secs => %(lease_s)s)
          AND (q.details->>'since')::timestamptz < clock_timestamp() - make_interval(secs => %(lease_s)s)))"""
_MOST = "s.suspicion + 1 >= %(most)s"


# Where a process says who may have been the reason, the others are suspected only if they lost one before.
BLAME_ON = """CASE WHEN %(suspects)s::uuid[] IS NULL OR s.execution_id = ANY(%(suspects)s) OR s.recoveries > 0
    THEN 1 ELSE 0 END"""


def _lost(which: str, *, seen: str, ends: str, blame: str = "1") -> str:
    return _LOST.replace("<lost>", which).replace("<seen>", seen).replace("<ends>", ends).replace("<blame>", blame)


# Those of silent workers. What nobody could try alone, as often as its process is lost, has to end all the same.
SWEEP_LOST = _lost(
    f"""FROM executor_runstate s LEFT JOIN core_processheartbeat p ON p.id = s.worker_id
    WHERE s.status = 'running' AND {SILENT}
    ORDER BY s.execution_id LIMIT 1000 FOR UPDATE OF s SKIP LOCKED""",
    seen="p.beat_at",
    ends=_MOST,
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
