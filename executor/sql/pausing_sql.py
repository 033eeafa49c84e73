"""Pausing runs and queueing them again: which runs that is open to, and what becomes of each."""

from executor.sql.journal_sql import tell

# Whether a verb has anything to do with the run `{row}`: a row of `executor_runstate`.
MAY_PAUSE = "({row}.status IN ('pending', 'waiting', 'running') AND {row}.command IS NULL) IS TRUE"
MAY_RESUME = """({row}.status = 'paused' AND {row}.command IS DISTINCT FROM 'stop'
            OR {row}.status IN ('pending', 'waiting', 'running') AND {row}.command = 'pause') IS TRUE"""

# A run that nobody holds moves at once; the worker of another finds the command. `s` is the row as it was.
SET_PAUSED = """
    SET status = CASE WHEN s.status = 'pending' THEN 'paused' ELSE s.status END,
        command = CASE WHEN s.status = 'pending' THEN NULL ELSE 'pause' END,
        command_by_id = %(by)s, last_seq = s.last_seq + CASE WHEN s.status = 'pending' THEN 1 ELSE 0 END"""
SET_RESUMED = """
    SET status = CASE WHEN s.status = 'paused' THEN 'pending' ELSE s.status END, command = NULL,
        queued_at = CASE WHEN s.status = 'paused' THEN clock_timestamp() ELSE s.queued_at END,
        last_seq = s.last_seq + CASE WHEN s.status = 'paused' THEN 1 ELSE 0 END"""

TELL_PAUSED = tell(
    "moved WHERE status = 'paused'",
    kind="'execution.paused'",
    at="clock_timestamp()",
    data="jsonb_build_object('by_user_id', command_by_id::text, 'next_node_ids', '[]'::jsonb)",
)
TELL_RESUMED = tell(
    "moved WHERE was_paused",
    kind="'execution.queued'",
    at="clock_timestamp()",
    data="""'{"reason": "resume"}'::jsonb""",
)

_HELD = """
WITH held AS (
    SELECT execution_id, status, command FROM executor_runstate WHERE execution_id = %(id)s FOR UPDATE
)"""
_BEFORE_AND_AFTER = """
SELECT h.status, h.command, m.status FROM held h LEFT JOIN moved m ON m.execution_id = h.execution_id
"""

PAUSE = f"""{_HELD}, moved AS (
    UPDATE executor_runstate s {SET_PAUSED}
    FROM held h
    WHERE s.execution_id = h.execution_id AND {MAY_PAUSE.format(row="h")}
    RETURNING s.*
), told AS ({TELL_PAUSED}
){_BEFORE_AND_AFTER}"""

RESUME = f"""{_HELD}, moved AS (
    UPDATE executor_runstate s {SET_RESUMED}
    FROM held h
    WHERE s.execution_id = h.execution_id AND {MAY_RESUME.format(row="h")}
    RETURNING s.*, h.status = 'paused' AS was_paused
), told AS ({TELL_RESUMED}
){_BEFORE_AND_AFTER}"""
