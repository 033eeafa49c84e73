"""What reaches many runs at once: those below a run that was stopped, paused or resumed.

A stop is two steps. The first leaves the command on each run, which is quick, and from then on nobody takes it up; the
second ends those that no worker holds, in slices. Rows that somebody holds are passed over: whoever asks, asks again.
"""

from executor.sql.pausing_sql import MAY_PAUSE, MAY_RESUME, SET_PAUSED, SET_RESUMED, TELL_PAUSED, TELL_RESUMED
from executor.sql.verbs_sql import closed_event

_ALIVE = "('pending', 'running', 'waiting', 'paused')"

# The runs right below some, and whether a verb is still to reach them. Asked level by level: a recursive statement is
# planned for a few rows, and may look for each through all there are.
_LEVEL = """
SELECT x.id, <open> AS is_open FROM executor_execution x JOIN executor_runstate s ON s.execution_id = x.id
WHERE x.parent_execution_id = ANY(%(ids)s::uuid[]) AND NOT x.is_detached
"""
_HELD = """
WITH <above>held AS MATERIALIZED (
    SELECT array_agg(h.execution_id) AS ids, array_agg(h.execution_id) FILTER (WHERE h.status = 'paused') AS paused
    FROM (
        SELECT s.execution_id, s.status FROM executor_runstate s
        WHERE s.execution_id = ANY(%(ids)s::uuid[]) AND <open><if_above>
        ORDER BY s.execution_id FOR UPDATE SKIP LOCKED
    ) h
)"""
_IF_ABOVE = """above AS MATERIALIZED (  -- the run that the verb was for: held, so that it is not told the contrary
    SELECT h.execution_id FROM executor_runstate h WHERE h.execution_id = %(above)s<of_above> FOR SHARE
), """
# Whom a verb is for, and what holds of the run above them as long as it is.
_OPEN = {
    "stop": f"(s.status IN {_ALIVE} AND s.command IS DISTINCT FROM 'stop') IS TRUE",
    "pause": MAY_PAUSE.format(row="s"),
    "resume": MAY_RESUME.format(row="s"),
}
_ABOVE = {
    "stop": "",
    "pause": " AND (h.status = 'paused' OR h.command = 'pause')",
    "resume": " AND h.status <> 'paused' AND h.command IS DISTINCT FROM 'pause'",
}


def _held(verb: str) -> str:
    above = _ABOVE[verb] and _IF_ABOVE.replace("<of_above>", _ABOVE[verb])
    test = above and " AND (SELECT count(*) FROM above) > 0"
    return _HELD.replace("<open>", _OPEN[verb]).replace("<above>", above).replace("<if_above>", test)


WITH_RUNS_BELOW = """
SELECT DISTINCT parent_execution_id FROM executor_execution
WHERE parent_execution_id = ANY(%(ids)s::uuid[]) AND NOT is_detached
"""
LEVEL = {verb: _LEVEL.replace("<open>", test) for verb, test in _OPEN.items()}
STILL_HOLDS = {
    verb: f"SELECT h.execution_id FROM executor_runstate h WHERE h.execution_id = %(above)s{test}"
    for verb, test in _ABOVE.items()
}

ASK_TO_STOP = f"""{_held("stop")}
UPDATE executor_runstate s SET command = 'stop', command_by_id = %(by)s, command_reason = %(reason)s
WHERE s.execution_id = ANY ((SELECT ids FROM held)::uuid[])
RETURNING s.execution_id, s.status
"""

PAUSE_THESE = f"""{_held("pause")}, moved AS (
    UPDATE executor_runstate s {SET_PAUSED}
    WHERE s.execution_id = ANY ((SELECT ids FROM held)::uuid[])
    RETURNING s.*
), told AS ({TELL_PAUSED}
)
SELECT execution_id, status FROM moved
"""

RESUME_THESE = f"""{_held("resume")}, moved AS (
    UPDATE executor_runstate s {SET_RESUMED}
    WHERE s.execution_id = ANY ((SELECT ids FROM held)::uuid[])
    RETURNING s.*, (s.execution_id = ANY ((SELECT paused FROM held)::uuid[])) IS TRUE AS was_paused
), told AS ({TELL_RESUMED}
)
SELECT execution_id, status FROM moved
"""

# Those that were asked to stop and that no worker holds. Nobody is to be told of the end of one whose parent is over,
# or will be by the same command.
END_THESE = f"""
WITH held AS MATERIALIZED (
    SELECT array_agg(h.execution_id) AS ids FROM (
        SELECT s.execution_id FROM executor_runstate s
        WHERE s.execution_id = ANY(%(ids)s::uuid[]) AND (s.status IN ('pending', 'waiting', 'paused')) IS TRUE
          AND (s.command = 'stop') IS TRUE
        ORDER BY s.execution_id FOR UPDATE SKIP LOCKED
    ) h
), tasks AS (
    UPDATE executor_humantask t SET status = 'cancelled', responded_at = clock_timestamp()
    WHERE t.execution_id = ANY ((SELECT ids FROM held)::uuid[]) AND (t.status = 'pending') IS TRUE
    RETURNING t.execution_id, {closed_event("cancelled")} AS told
), closings AS MATERIALIZED (
    SELECT jsonb_object_agg(execution_id, told) AS by_id FROM (
        SELECT execution_id, jsonb_agg(told) AS told FROM tasks GROUP BY execution_id
    ) AS of_run
), moved AS (
    UPDATE executor_runstate s
    SET status = 'cancelled', last_seq = s.last_seq + 1
        + coalesce(jsonb_array_length((SELECT by_id FROM closings) -> s.execution_id::text), 0)
    WHERE s.execution_id = ANY ((SELECT ids FROM held)::uuid[])
    RETURNING s.*, coalesce((SELECT by_id FROM closings) -> s.execution_id::text, '[]') AS closings
), told AS (
    INSERT INTO executor_eventbatch (execution_id, last_seq, events)
    SELECT execution_id, last_seq, convert_to((closings || jsonb_build_array(jsonb_build_object(
        'type', 'execution.cancelled', 'at', clock_timestamp(),
        'data', jsonb_build_object('by_user_id', command_by_id::text, 'reason', command_reason))))::text, 'UTF8')
    FROM moved
), begun AS MATERIALIZED (
    SELECT jsonb_object_agg(execution_id, started_at) AS by_id FROM moved
), ended AS (
    UPDATE executor_execution x
    SET end_reason = 'stopped', finished_at = clock_timestamp(),
        duration_ms = coalesce((extract(epoch FROM clock_timestamp()
            - ((SELECT by_id FROM begun) ->> x.id::text)::timestamptz) * 1000)::bigint, 0),
        is_reported = x.is_reported OR coalesce((
            SELECT p.command = 'stop' OR p.status IN ('completed', 'failed', 'cancelled', 'timeout')
            FROM executor_runstate p WHERE p.execution_id = x.parent_execution_id), false)
    WHERE x.id = ANY ((SELECT ids FROM held)::uuid[])
), nodes AS (
    UPDATE executor_noderun n SET status = 'cancelled', finished_at = clock_timestamp()
    WHERE n.execution_id = ANY ((SELECT ids FROM held)::uuid[]) AND n.status IN ('running', 'waiting')
)
SELECT execution_id FROM moved
"""

# Of all that are to be stopped and that no worker holds, so many from one on.
TO_END = """
SELECT execution_id FROM executor_runstate
WHERE status IN ('pending', 'waiting', 'paused') AND command = 'stop' AND execution_id > %(after)s
ORDER BY execution_id LIMIT %(most)s
"""
