"""What moves or answers a run from outside its worker: one conditional statement each, under the run's row lock."""

from executor.sql.journal_sql import tell

# A run that nobody holds goes back to the queue when it is woken, or becomes paused where that was asked for meanwhile.
# It keeps its `queued_at`: the moment it began to wait, and its place before runs that came later.
WAKE = """
    UPDATE executor_runstate s
    SET wakes = s.wakes + 1,
        status = CASE WHEN s.status <> 'waiting' THEN s.status
            WHEN s.command = 'pause' THEN 'paused' ELSE 'pending' END,
        command = CASE WHEN s.status = 'waiting' AND s.command = 'pause' THEN NULL ELSE s.command END,
        last_seq = s.last_seq + CASE WHEN s.status = 'waiting' THEN 1 ELSE 0 END
"""

_WOKEN_EVENT = """jsonb_build_object(
    'type', CASE WHEN status = 'paused' THEN 'execution.paused' ELSE 'execution.queued' END, 'at', clock_timestamp(),
    'data', CASE WHEN status = 'paused'
        THEN jsonb_build_object('by_user_id', command_by_id::text, 'next_node_ids', '[]'::jsonb)
        ELSE jsonb_build_object('reason', %(reason)s::text) END)"""


def closed_event(status: str) -> str:
    """Return the event of a task `t` that was closed by nobody's answer."""
    return f"""jsonb_build_object('type', 'human_task.closed', 'at', clock_timestamp(), 'node_id', t.node_id,
            'path', t.path, 'data', jsonb_build_object('human_task_id', t.id, 'status', '{status}'))"""


TELL_WAKE = tell(
    "moved WHERE before = 'waiting'",
    kind="CASE WHEN status = 'paused' THEN 'execution.paused' ELSE 'execution.queued' END",
    at="clock_timestamp()",
    data="""CASE WHEN status = 'paused'
        THEN jsonb_build_object('by_user_id', command_by_id::text, 'next_node_ids', '[]'::jsonb)
        ELSE jsonb_build_object('reason', %(reason)s::text) END""",
)

# Answer one wait of a run, and tell of the task that is closed by it. No row: there is no such open wait any more.
ANSWER = f"""
WITH held AS (
    SELECT execution_id, status FROM executor_runstate
    WHERE execution_id = %(id)s AND status IN ('pending', 'running', 'waiting', 'paused') FOR UPDATE
), answered AS (
    UPDATE executor_wait w SET answered_at = clock_timestamp(), answer = %(answer)s::jsonb
    FROM held h
    WHERE w.execution_id = h.execution_id AND w.node_id = %(node_id)s AND w.path = %(path)s AND w.number = %(number)s
      AND w.answered_at IS NULL
    RETURNING w.execution_id
), moved AS ({WAKE} + CASE WHEN %(closed)s::jsonb IS NULL THEN 0 ELSE 1 END
    FROM held h JOIN answered a ON a.execution_id = h.execution_id
    WHERE s.execution_id = h.execution_id
    RETURNING s.*, h.status AS before
), told AS (
    INSERT INTO executor_eventbatch (execution_id, last_seq, events)
    SELECT execution_id, last_seq, convert_to((
        CASE WHEN %(closed)s::jsonb IS NULL THEN '[]' ELSE jsonb_build_array(%(closed)s::jsonb) END
        || CASE WHEN before = 'waiting' THEN jsonb_build_array({_WOKEN_EVENT}) ELSE '[]' END)::text, 'UTF8')
    FROM moved WHERE before = 'waiting' OR %(closed)s::jsonb IS NOT NULL
)
SELECT status FROM moved
"""

# Everything that is due, of any run: at most so many, those locked by others in a later round. A task that is to be
# escalated gets new assignees and its time again instead, once. The moment is that of the
# statement, which stays the same: by it an index can be asked, and most waits are not due.
DUE = f"""
WITH due AS (
    SELECT w.execution_id, w.node_id, w.path, w.number, w.task_id, s.status
    FROM executor_wait w JOIN executor_runstate s ON s.execution_id = w.execution_id
    WHERE w.answered_at IS NULL AND w.until <= statement_timestamp()
      AND s.status IN ('pending', 'running', 'waiting', 'paused')
    ORDER BY w.until LIMIT 500 FOR UPDATE OF s SKIP LOCKED
), escalated AS (
    UPDATE executor_humantask t
    SET assignee_ids = t.escalate_to, escalate_to = '[]',
        expires_at = clock_timestamp() + make_interval(secs => t.timeout_s)
    FROM due d
    WHERE t.id = d.task_id AND t.status = 'pending' AND t.on_timeout = 'escalate' AND t.escalate_to <> '[]'
    RETURNING t.id, t.expires_at
), answered AS (
    UPDATE executor_wait w
    SET answered_at = CASE WHEN e.id IS NULL THEN clock_timestamp() END,
        answer = CASE WHEN e.id IS NULL THEN '{{"by": "time"}}'::jsonb END, until = coalesce(e.expires_at, w.until)
    FROM due d LEFT JOIN escalated e ON e.id = d.task_id
    WHERE w.execution_id = d.execution_id AND w.node_id = d.node_id AND w.path = d.path AND w.number = d.number
      AND w.answered_at IS NULL
    RETURNING w.execution_id, w.task_id, w.answered_at
), tasks AS (
    UPDATE executor_humantask t SET status = 'timeout', responded_at = clock_timestamp()
    FROM answered a WHERE t.id = a.task_id AND t.status = 'pending' AND a.answered_at IS NOT NULL
    RETURNING t.id, t.execution_id, t.node_id, t.path
), moved AS ({WAKE} + (SELECT count(*) FROM tasks t WHERE t.execution_id = s.execution_id)
    FROM (
        SELECT DISTINCT d.execution_id, d.status FROM due d
        JOIN answered a ON a.execution_id = d.execution_id AND a.answered_at IS NOT NULL
    ) h
    WHERE s.execution_id = h.execution_id
    RETURNING s.*, h.status AS before
), told AS (
    INSERT INTO executor_eventbatch (execution_id, last_seq, events)
    SELECT m.execution_id, m.last_seq, convert_to((
        coalesce((SELECT jsonb_agg({closed_event("timeout")}) FROM tasks t WHERE t.execution_id = m.execution_id), '[]')
        || CASE WHEN before = 'waiting' THEN jsonb_build_array({_WOKEN_EVENT}) ELSE '[]' END)::text, 'UTF8')
    FROM moved m
    WHERE before = 'waiting' OR EXISTS (SELECT FROM tasks t WHERE t.execution_id = m.execution_id)
)
SELECT execution_id, status FROM moved
"""

# Give kept signals to the waits they are for, oldest first, one each.
MATCH = f"""
WITH held AS (
    SELECT execution_id, status FROM executor_runstate
    WHERE execution_id = %(id)s AND status IN ('pending', 'running', 'waiting', 'paused') FOR UPDATE
), waiting AS MATERIALIZED (
    SELECT w.node_id, w.path, w.number, w.signal,
        row_number() OVER (PARTITION BY w.signal ORDER BY w.created_at, w.node_id, w.path, w.number) AS place
    FROM held h JOIN executor_wait w ON w.execution_id = h.execution_id
    WHERE w.execution_id = %(id)s AND w.answered_at IS NULL AND w.signal IS NOT NULL
), wanted AS (
    SELECT name, max(most) AS most FROM (
        SELECT signal AS name, place AS most FROM waiting UNION ALL SELECT '*', 1 FROM waiting
    ) names GROUP BY name
), kept AS MATERIALIZED (  -- of each name no more than there are waits for it, along the index
    SELECT g.*, row_number() OVER (PARTITION BY g.name ORDER BY g.created_at, g.id) AS place
    FROM wanted n CROSS JOIN LATERAL (
        SELECT s.id, s.name, s.payload, s.payload_text, s.created_at FROM executor_signal s
        WHERE s.execution_id = %(id)s AND s.name = n.name AND s.taken_at IS NULL
        ORDER BY s.created_at, s.id LIMIT n.most
    ) g
), pairs AS (
    SELECT w.node_id, w.path, w.number, g.id, g.payload, g.payload_text
    FROM waiting w JOIN kept g ON g.place = w.place AND (g.name = w.signal OR g.name = '*' AND w.place = 1)
), chosen AS (
    SELECT DISTINCT ON (id) * FROM (
        SELECT DISTINCT ON (node_id, path, number) * FROM pairs ORDER BY node_id, path, number, id
    ) p ORDER BY id, node_id, path, number
), taken AS (
    UPDATE executor_signal g SET taken_at = clock_timestamp() FROM chosen c WHERE g.id = c.id
), answered AS (
    UPDATE executor_wait w
    SET answered_at = clock_timestamp(), answer = jsonb_build_object('by', 'signal', 'payload', c.payload)
        || CASE WHEN c.payload_text IS NULL THEN '{{}}' ELSE jsonb_build_object('payload_text', c.payload_text) END
    FROM chosen c
    WHERE w.execution_id = %(id)s AND w.node_id = c.node_id AND w.path = c.path AND w.number = c.number
    RETURNING w.execution_id
), moved AS ({WAKE}
    FROM held h
    WHERE s.execution_id = h.execution_id AND EXISTS (SELECT FROM answered)
    RETURNING s.*, h.status AS before
), told AS ({TELL_WAKE}
)
SELECT status FROM moved
"""

KEEP_SIGNAL = """
INSERT INTO executor_signal (id, execution_id, name, payload, payload_text, created_at)
VALUES (%(signal_id)s, %(id)s, %(name)s, %(payload)s::jsonb, CASE WHEN %(keeps_order)s THEN %(payload)s::text END,
    clock_timestamp())
"""

# Acts where nobody holds the run, else leaves the command for the worker. Open tasks are closed with the run.
STOP = """
WITH held AS (
    SELECT execution_id, status, command FROM executor_runstate WHERE execution_id = %(id)s FOR UPDATE
), tasks AS (
    UPDATE executor_humantask t SET status = 'cancelled', responded_at = %(now)s
    FROM held h
    WHERE t.execution_id = h.execution_id AND t.status = 'pending' AND h.status IN ('pending', 'waiting', 'paused')
    RETURNING t.id, t.node_id, t.path
), moved AS (
    UPDATE executor_runstate s
    SET status = CASE WHEN h.status = 'running' THEN s.status ELSE 'cancelled' END,
        command = 'stop', command_by_id = %(by)s, command_reason = %(reason)s,
        last_seq = s.last_seq + CASE WHEN h.status = 'running' THEN 0 ELSE 1 + (SELECT count(*) FROM tasks) END
    FROM held h
    WHERE s.execution_id = h.execution_id AND h.status IN ('pending', 'waiting', 'paused', 'running')
      AND h.command IS DISTINCT FROM 'stop'
    RETURNING s.*
), told AS (
    INSERT INTO executor_eventbatch (execution_id, last_seq, events)
    SELECT execution_id, last_seq, convert_to((
        coalesce((SELECT jsonb_agg(<closed>) FROM tasks t), '[]')
        || jsonb_build_array(jsonb_build_object('type', 'execution.cancelled', 'at', %(now)s::timestamptz,
            'data', jsonb_build_object('by_user_id', %(by)s::text, 'reason', %(reason)s::text))))::text, 'UTF8')
    FROM moved WHERE status = 'cancelled'
), ended AS (
    UPDATE executor_execution x SET end_reason = 'stopped', finished_at = %(now)s,
        duration_ms = (extract(epoch FROM %(now)s - coalesce(m.started_at, %(now)s)) * 1000)::bigint
    FROM moved m WHERE x.id = m.execution_id AND m.status = 'cancelled'
), rows AS (
    UPDATE executor_noderun n SET status = 'cancelled', finished_at = %(now)s
    FROM moved m
    WHERE n.execution_id = m.execution_id AND m.status = 'cancelled' AND n.status IN ('running', 'waiting')
)
SELECT h.status, h.command, m.status FROM held h LEFT JOIN moved m ON m.execution_id = h.execution_id
""".replace("<closed>", closed_event("cancelled"))

# Children that have ended are counted once each, against the wait of the call that started them; the parent is woken
# when the last of those it waits for is in. Earlier releases noted neither the call nor what was asked of a child: such
# a one counts against whichever wait of its node is open.
CHILDREN_DONE = f"""
WITH ended AS (
    SELECT x.id, x.parent_execution_id, x.parent_node_id, x.parent_path, x.is_detached
    FROM executor_execution x
    WHERE x.id = ANY(%(ids)s::uuid[]) AND NOT x.is_reported AND x.parent_execution_id IS NOT NULL
      AND x.finished_at IS NOT NULL
), held AS (
    SELECT s.execution_id, s.status FROM executor_runstate s
    WHERE s.execution_id = ANY (ARRAY(SELECT parent_execution_id FROM ended)) ORDER BY s.execution_id FOR UPDATE
), marked AS (
    UPDATE executor_execution x SET is_reported = true
    FROM ended e JOIN held h ON h.execution_id = e.parent_execution_id
    WHERE x.id = e.id AND NOT x.is_reported
    RETURNING x.parent_execution_id, x.parent_node_id, x.parent_path, x.parent_number, x.is_detached,
        x.parent_number = 0 AND x.request_hash = '' AS is_of_any_call,
        coalesce(x.end_reason, '') NOT IN ('finished', 'goal_reached', 'rejected') AS has_failed
), counted AS (
    SELECT w.execution_id, w.node_id, w.path, w.number, count(*) AS ended, bool_or(m.has_failed) AS has_failed
    FROM marked m JOIN executor_wait w ON w.execution_id = m.parent_execution_id AND w.node_id = m.parent_node_id
        AND w.path = m.parent_path AND (w.number = m.parent_number OR m.is_of_any_call)
    WHERE NOT m.is_detached AND w.kind = 'sub_workflow' AND w.answered_at IS NULL
    GROUP BY 1, 2, 3, 4
), answered AS (
    UPDATE executor_wait w
    SET remaining = w.remaining - c.ended,
        answered_at = CASE WHEN w.remaining <= c.ended OR (w.stops AND c.has_failed) THEN clock_timestamp() END,
        answer = CASE WHEN w.remaining <= c.ended OR (w.stops AND c.has_failed)
            THEN '{{"by": "children"}}'::jsonb END
    FROM counted c
    WHERE w.execution_id = c.execution_id AND w.node_id = c.node_id AND w.path = c.path AND w.number = c.number
      AND w.answered_at IS NULL
    RETURNING w.execution_id, w.answered_at
), moved AS ({WAKE}
    FROM held h
    WHERE s.execution_id = h.execution_id AND h.status IN ('pending', 'running', 'waiting', 'paused')
      AND EXISTS (SELECT FROM answered a WHERE a.execution_id = h.execution_id AND a.answered_at IS NOT NULL)
    RETURNING s.*, h.status AS before
), told AS ({TELL_WAKE}
)
SELECT execution_id, status FROM moved
"""

# Runs that have waited for a while, so many at a time: from one on, those that began to wait earlier first.
WAITING_LONG = """
SELECT execution_id, queued_at FROM executor_runstate
WHERE status = 'waiting' AND queued_at < statement_timestamp() - make_interval(secs => %(age_s)s)
  AND (queued_at, execution_id) > (%(queued_at)s, %(after)s)
ORDER BY queued_at, execution_id LIMIT %(most)s
"""

# Runs that wait for nothing any more: there should be none, and none may stay. Looked for among those that wait, of
# which an index is asked by the moment of the statement, as above. Each is looked up by its id, and `IS TRUE` keeps
# the planner from an index of all that wait: where it believes the tables to be empty, any index seems as good.
STUCK = f"""
WITH held AS (
    SELECT s.execution_id, s.status FROM executor_runstate s
    WHERE (s.status = 'waiting') IS TRUE AND s.execution_id = ANY(%(ids)s::uuid[]) AND (
        SELECT true FROM executor_wait w WHERE w.execution_id = s.execution_id AND (w.answered_at IS NULL) IS TRUE
        LIMIT 1) IS NULL
    ORDER BY s.execution_id FOR UPDATE OF s SKIP LOCKED
), moved AS ({WAKE}
    WHERE s.execution_id = ANY (ARRAY(SELECT execution_id FROM held))
    RETURNING s.*, 'waiting' AS before
), told AS ({TELL_WAKE}
)
SELECT execution_id, status FROM moved
"""

# Parents nobody told of the ends of their children: each gets a row of the outbox. An engine tells them within the
# second, so what ended just now is left to it. Parents are looked up by their ids: for a join all runs would be read.
ASK_FOR_REPORTS = """
INSERT INTO core_outboxrow (id, kind, lane, owner_id, payload, key, state, due_at, attempts, losses, wishes, last_error,
    created_at)
SELECT gen_random_uuid(), 'child_report', 'work', p.owner_id, jsonb_build_object('execution_id', p.id),
    'child_report:' || p.id, 'ready', clock_timestamp(), 0, 0, 0, '', clock_timestamp()
FROM executor_execution p WHERE p.id = ANY (ARRAY(
    SELECT DISTINCT parent_execution_id FROM executor_execution
    WHERE parent_execution_id IS NOT NULL AND NOT is_reported AND finished_at IS NOT NULL
      AND finished_at < statement_timestamp() - make_interval(secs => %(age_s)s)))
ORDER BY p.id
ON CONFLICT DO NOTHING
"""

# Children whose parent is gone have nobody to be reported to. Each parent is looked up by its id.
FORGET_PARENTS = """
UPDATE executor_execution SET is_reported = true WHERE id = ANY (ARRAY(
    SELECT x.id FROM executor_execution x
    WHERE x.parent_execution_id IS NOT NULL AND NOT x.is_reported AND x.finished_at IS NOT NULL
      AND (SELECT p.id FROM executor_execution p WHERE p.id = x.parent_execution_id) IS NULL
    LIMIT 1000 FOR UPDATE SKIP LOCKED))
"""

UNREPORTED_OF = """
SELECT id FROM executor_execution
WHERE parent_execution_id = %(id)s AND NOT is_reported AND finished_at IS NOT NULL ORDER BY id LIMIT %(most)s
"""

# Runs that go on although the one that waits for them has ended: each such parent gets a row of the outbox. The parents
# of what goes on are read from an index of their own and looked up by their ids.
ASK_FOR_STOPS = """
WITH ended AS MATERIALIZED (
    SELECT p.execution_id, p.owner_id FROM executor_runstate p
    WHERE p.execution_id = ANY (ARRAY(
        SELECT DISTINCT parent_execution_id FROM executor_execution
        WHERE parent_execution_id IS NOT NULL AND NOT is_detached AND finished_at IS NULL))
      AND p.status IN ('completed', 'failed', 'cancelled', 'timeout')
)
INSERT INTO core_outboxrow (id, kind, lane, owner_id, payload, key, state, due_at, attempts, losses, wishes, last_error,
    created_at)
SELECT gen_random_uuid(), 'verb_below', 'work', p.owner_id,
    jsonb_build_object('execution_id', p.execution_id, 'verb', 'stop', 'by', NULL),
    'verb_below:' || p.execution_id, 'ready', clock_timestamp(), 0, 0, 0, '', clock_timestamp()
FROM ended p
WHERE (
    SELECT true FROM executor_execution x
    WHERE x.parent_execution_id = p.execution_id AND NOT x.is_detached AND x.finished_at IS NULL AND (
        SELECT s.status IN ('pending', 'running', 'waiting', 'paused') AND s.command IS DISTINCT FROM 'stop'
        FROM executor_runstate s WHERE s.execution_id = x.id)
    LIMIT 1)
ORDER BY p.execution_id
ON CONFLICT DO NOTHING
"""
