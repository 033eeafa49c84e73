"""The statements of the journal and of leases: raw SQL, one statement and one round trip each."""


def tell(source: str, *, kind: str, at: str, data: str = "NULL") -> str:
    """Return the insert of one event for each row of `source`, whose `last_seq` counts it already."""
    return f"""
    INSERT INTO executor_eventbatch (execution_id, last_seq, events)
    SELECT execution_id, last_seq,
        convert_to(jsonb_build_array(jsonb_build_object('type', {kind}, 'at', {at}, 'data', {data}))::text, 'UTF8')
    FROM {source}"""


COMMIT = """
WITH want AS (
    SELECT * FROM ROWS FROM (
        json_to_recordset(%(runs)s::json)
            AS (execution_id uuid, epoch int, commit_no int, events int, status text, running_ms bigint, wakes int),
        unnest(%(told)b::bytea[])
    ) AS w(execution_id, epoch, commit_no, events, status, running_ms, wakes, told)
), locked AS (
    SELECT s.execution_id, s.epoch, s.commit_no, s.status, s.command, s.wakes
    FROM executor_runstate s
    WHERE s.execution_id = ANY (ARRAY(SELECT execution_id FROM want))  -- a join would be planned as a scan of the table
    ORDER BY s.execution_id FOR UPDATE OF s SKIP LOCKED
), moved AS (
    UPDATE executor_runstate s
    SET last_seq = s.last_seq + w.events,
        commit_no = w.commit_no,
        status = coalesce(w.status, s.status),
        worker_id = CASE WHEN w.status IS NULL THEN s.worker_id END,
        running_ms = s.running_ms + coalesce(w.running_ms, 0),
        suspicion = CASE WHEN w.status IN ('waiting', 'paused') THEN 0 ELSE s.suspicion END,  -- it was let go alive
        command = CASE WHEN w.status = 'paused' THEN NULL ELSE s.command END,
        queued_at = CASE WHEN w.status IN ('pending', 'waiting') THEN clock_timestamp() ELSE s.queued_at END
    FROM want w JOIN locked l ON l.execution_id = w.execution_id
    WHERE s.execution_id = l.execution_id
      AND l.status = 'running' AND l.epoch = w.epoch AND l.commit_no = w.commit_no - 1
      AND (w.status IS NULL OR w.status = 'cancelled' OR l.command IS NULL OR l.command = 'pause' AND w.status <> 'waiting')
      AND (w.status IN ('waiting', 'paused') AND w.wakes <> l.wakes) IS NOT TRUE
    RETURNING s.execution_id, s.last_seq, s.status, s.command, s.command_by_id, w.events, w.told
), rows AS (
    INSERT INTO executor_noderun (id, execution_id, node_id, path, label, kind, status, effect, attempt, max_attempts,
        attempts, input_counts, output_counts, active_handles, error, pinned, reused, cached, warnings, logs, aside,
        started_at, finished_at, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd, counters, outputs)
    SELECT r.id, r.execution_id, r.node_id, r.path, r.label, r.kind, r.status, r.effect, r.attempt, r.max_attempts,
        coalesce(r.attempts, '[]'), coalesce(r.input_counts, '{}'), coalesce(r.output_counts, '{}'),
        coalesce(r.active_handles, '[]'), r.error, r.pinned, r.reused, coalesce(r.cached, false),
        coalesce(r.warnings, '[]'), coalesce(r.logs, '[]'), coalesce(r.aside, '[]'), r.started_at, r.finished_at, r.input_tokens, r.output_tokens, r.cached_tokens,
        r.reasoning_tokens, r.cost_usd, r.counters, nullif(r.unnest, '')
    FROM ROWS FROM (
        json_to_recordset(%(rows)s::json) AS (id uuid, execution_id uuid, node_id text, path text, label text,
            kind text, status text, effect text, attempt int, max_attempts int, attempts jsonb, input_counts jsonb,
            output_counts jsonb, active_handles jsonb, error jsonb, pinned bool, reused bool, cached bool,
            warnings jsonb, logs jsonb, aside jsonb, started_at timestamptz, finished_at timestamptz, input_tokens bigint, output_tokens bigint,
            cached_tokens bigint, reasoning_tokens bigint, cost_usd numeric, counters jsonb),
        unnest(%(outputs)b::bytea[])
    ) AS r
    JOIN moved m ON m.execution_id = r.execution_id
    ON CONFLICT (execution_id, node_id, path) DO UPDATE SET
        status = excluded.status, attempt = excluded.attempt, attempts = excluded.attempts,
        input_counts = excluded.input_counts, outputs = excluded.outputs, output_counts = excluded.output_counts,
        active_handles = excluded.active_handles, error = excluded.error, warnings = excluded.warnings,
        logs = excluded.logs, aside = excluded.aside, cached = excluded.cached, finished_at = excluded.finished_at,
        input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
        cached_tokens = excluded.cached_tokens, reasoning_tokens = excluded.reasoning_tokens,
        cost_usd = excluded.cost_usd, counters = excluded.counters
), told AS (
    INSERT INTO executor_eventbatch (execution_id, last_seq, events)
    SELECT execution_id, last_seq, told FROM moved WHERE events > 0
), ended AS (
    UPDATE executor_execution x
    SET output = coalesce(f.output::jsonb, x.output), output_text = CASE WHEN f.output IS NULL THEN x.output_text
            WHEN f.keeps_order THEN f.output::text END,
        output_node_id = f.output_node_id, end_reason = f.end_reason,
        error = f.error, warnings = coalesce(f.warnings, x.warnings),
        nodes_executed = coalesce(f.nodes_executed, x.nodes_executed),
        duration_ms = f.duration_ms, finished_at = f.finished_at, response = coalesce(f.response, x.response),
        input_tokens = x.input_tokens + coalesce(f.input_tokens, 0),
        output_tokens = x.output_tokens + coalesce(f.output_tokens, 0),
        cached_tokens = x.cached_tokens + coalesce(f.cached_tokens, 0),
        reasoning_tokens = x.reasoning_tokens + coalesce(f.reasoning_tokens, 0),
        cost_usd = x.cost_usd + coalesce(f.cost_usd, 0)
    FROM json_to_recordset(%(ends)s::json) AS f(execution_id uuid, output json, keeps_order bool, output_node_id text,
        end_reason text, error jsonb, warnings jsonb, nodes_executed int, duration_ms bigint, finished_at timestamptz, response jsonb,
        input_tokens bigint, output_tokens bigint, cached_tokens bigint, reasoning_tokens bigint, cost_usd numeric)
    JOIN moved m ON m.execution_id = f.execution_id
    WHERE x.id = f.execution_id
)
SELECT l.execution_id, l.epoch, l.commit_no, l.status, l.command, l.wakes, m.last_seq
FROM locked l LEFT JOIN moved m ON m.execution_id = l.execution_id
"""
# A process that had our name before, and is silent, is gone: whatever stands in its name is lost. Its row stays for a
# while, as it says until when that ran.
HEARTBEAT = """
WITH gone AS (
    UPDATE core_processheartbeat SET kind = 'gone'
    WHERE kind = 'worker' AND id <> %(id)s AND details->>'name' = %(name)s
      AND beat_at < clock_timestamp() - make_interval(secs => %(lease_s)s)
)
INSERT INTO core_processheartbeat AS h (id, kind, beat_at, details)
VALUES (%(id)s, 'worker', clock_timestamp(), %(details)s::jsonb || jsonb_build_object('since', clock_timestamp()))
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, beat_at = clock_timestamp(), details = excluded.details
    || CASE WHEN h.beat_at > clock_timestamp() - make_interval(secs => %(lease_s)s) AND h.details ? 'since'
        THEN jsonb_build_object('since', h.details->'since') ELSE '{}' END
RETURNING beat_at
"""

# A process that stands still says why, and does not renew its lease.
HEARTBEAT_STANDING = """
UPDATE core_processheartbeat SET details = %(details)s::jsonb || jsonb_build_object('told_at', clock_timestamp())
WHERE id = %(id)s
"""
HEARTBEAT_ENDS = "DELETE FROM core_processheartbeat WHERE id = %(id)s"

COMMANDS = """
SELECT s.execution_id, s.epoch, s.command, s.status, s.wakes
FROM unnest(%(ids)s::uuid[], %(wakes)s::int[], %(paused)s::bool[]) AS k(id, wakes, paused)
JOIN executor_runstate s ON s.execution_id = k.id
WHERE s.command IS NOT NULL OR s.status <> 'running' OR s.worker_id <> %(worker)s OR s.wakes <> k.wakes OR k.paused
"""

WAITS = """
SELECT node_id, path, number, kind, signal, until, task_id, created_at, answered_at, answer
FROM executor_wait WHERE execution_id = %(id)s
"""

ANSWERS = """
SELECT w.node_id, w.path, w.number, w.kind, w.signal, w.until, w.task_id, w.created_at, w.answered_at, w.answer
FROM unnest(%(nodes)s::text[], %(paths)s::text[], %(numbers)s::int[]) AS k(node_id, path, number)
JOIN executor_wait w ON w.execution_id = %(id)s AND w.node_id = k.node_id AND w.path = k.path AND w.number = k.number
WHERE w.answered_at IS NOT NULL
"""

FINISHED_ROWS = """
SELECT id, execution_id, node_id, path, label, kind, status, effect, attempt, max_attempts, attempts, input_counts,
    octet_length(outputs) AS stored_bytes, output_counts, active_handles, error, pinned, reused, warnings, logs, aside,
    started_at, finished_at, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd, counters
FROM executor_noderun WHERE execution_id = %(id)s
"""
OUTPUTS = """
SELECT r.node_id, r.path, r.outputs FROM unnest(%(nodes)s::text[], %(paths)s::text[]) AS k(node_id, path)
JOIN executor_noderun r ON r.execution_id = %(id)s AND r.node_id = k.node_id AND r.path = k.path
"""

# Runs that stand in a worker's name and that it knows nothing of.
STRAYS = """
SELECT execution_id, epoch FROM executor_runstate
WHERE worker_id = %(worker)s AND status = 'running' AND claimed_at < clock_timestamp() - make_interval(secs => %(age_s)s)
  AND execution_id <> ALL(%(held)s::uuid[])
"""

COMMIT_NUMBERS = (
    "SELECT execution_id, epoch, commit_no, last_seq, status FROM executor_runstate WHERE execution_id = ANY(%(ids)s)"
)

# A run with a limit is claimed by nobody because of a bell: those are looked for by each engine.
SWEEP_FORGOTTEN = """
SELECT execution_id FROM executor_runstate
WHERE status = 'pending' AND suspicion < 2 AND limit_key IS NULL AND command IS DISTINCT FROM 'stop'
  AND queued_at < statement_timestamp() - make_interval(secs => %(age_s)s)
ORDER BY queued_at LIMIT 1000
"""

_RUN_COLUMNS = """id uuid, owner_id uuid, workflow_id uuid, workflow_name text, version int, definition_hash text,
        layout_hash text, mode text, "trigger" text, trigger_node_id text, started_by_id uuid, input json, keeps_order bool,
        variables jsonb, labels jsonb, pinned jsonb, total int, idempotency_key text, idempotency_scope text,
        request_hash text, sub_workflows jsonb, parent_execution_id uuid, parent_node_id text, parent_path text,
        child_index int, parent_number int, takes_over bool, effects_id uuid, depth int, is_detached bool, mappings jsonb, error_workflow_id uuid, retry_of_id uuid, goal jsonb, partial jsonb, limit_key text,
        limit_max int, priority smallint, root_execution_id uuid, now timestamptz"""


_START = """<p>asked AS (<source>
), <p>new AS (
    INSERT INTO executor_execution (id, owner_id, workflow_id, workflow_name, version, definition_hash, layout_hash, mode,
        trigger, trigger_node_id, started_by_id, input, input_text, variables, labels, pinned, total, idempotency_key, idempotency_scope,
        request_hash, sub_workflows, parent_execution_id, parent_node_id, parent_path, child_index, parent_number,
        takes_over, effects_id, depth, is_detached,
        mappings, error_workflow_id, retry_of_id, goal, partial, root_execution_id, is_reported, created_at, warnings,
        nodes_executed)
    SELECT id, owner_id, workflow_id, workflow_name, version, definition_hash, layout_hash, mode, "trigger",
        trigger_node_id, started_by_id, input::jsonb,
        CASE WHEN keeps_order THEN input::text END, variables, labels, pinned, total, idempotency_key, idempotency_scope,
        request_hash, coalesce(sub_workflows, '{}'), parent_execution_id, parent_node_id, coalesce(parent_path, ''),
        coalesce(child_index, 0), coalesce(parent_number, 0), coalesce(takes_over, false), effects_id, coalesce(depth, 0), coalesce(is_detached, false), mappings, error_workflow_id, retry_of_id, goal,
        partial, coalesce(root_execution_id, id), false, now, '[]', 0
    FROM <p>asked<payable>
    ON CONFLICT DO NOTHING
    RETURNING id
), <p>state AS (
    INSERT INTO executor_runstate (execution_id, owner_id, status, limit_key, limit_max, priority, epoch, last_seq, commit_no,
        wakes, recoveries, suspicion, running_ms, queued_at, command, command_by_id)
    SELECT a.id, a.owner_id, 'pending', a.limit_key, a.limit_max, coalesce(a.priority, 0), 0, 1, 0, 0, 0, 0, 0,
        clock_timestamp(), a.command, a.command_by_id
    FROM <p>asked a
    WHERE (a.id IN (SELECT id FROM <p>new)) IS TRUE  -- looked up in a hash; a join of the two is planned for a few rows
    RETURNING execution_id, last_seq, queued_at
), <p>queued AS (<told>
)"""


# Where there are plans, a run that somebody starts costs its owner a credit, in the statement that makes it. Runs below others cost none.
_PAYERS = """payers AS (
    SELECT id, credits FROM core_user WHERE id IN (SELECT owner_id FROM asked) ORDER BY id FOR UPDATE
), """
_PAYABLE = " a WHERE NOT EXISTS (SELECT FROM payers p WHERE p.id = a.owner_id AND p.credits <= 0)"
_PAID = """, paid AS (
    UPDATE core_user u SET credits = u.credits - b.runs
    FROM (SELECT owner_id, count(*) AS runs FROM asked WHERE (id IN (SELECT id FROM new)) IS TRUE GROUP BY owner_id) b
    WHERE u.id = b.owner_id
)"""


def _start(source: str, prefix: str = "", payable: str = "") -> str:
    """Return the CTEs that queue the runs that `source` gives."""
    reason = """'{"reason": "start"}'::jsonb"""
    told = tell(f"{prefix}state", kind="'execution.queued'", at="queued_at", data=reason)
    return (
        _START.replace("<source>", source).replace("<told>", told).replace("<p>", prefix).replace("<payable>", payable)
    )


_ASKED = f"SELECT r.*, NULL::text AS command, NULL::uuid AS command_by_id FROM json_to_recordset(%(runs)s::json) AS r({_RUN_COLUMNS})"
START = f"WITH {_start(_ASKED)} SELECT id FROM new"
_CHARGED = _start(_ASKED, payable=_PAYABLE).replace("), new AS (", f"), {_PAYERS}new AS (", 1)
START_FOR_A_CREDIT = f"WITH {_CHARGED}{_PAID} SELECT id FROM new"

HAND_BACK = """
WITH moved AS (
    UPDATE executor_runstate SET status = 'pending', worker_id = NULL, last_seq = last_seq + 1,
        queued_at = clock_timestamp()
    WHERE execution_id = %(id)s AND epoch = %(epoch)s AND status = 'running' RETURNING *
), told AS (<told>
)
SELECT execution_id FROM moved
""".replace(
    "<told>",
    tell("moved", kind="'execution.queued'", at="clock_timestamp()", data="""'{"reason": "worker_lost"}'::jsonb"""),
)

# A run that is to be stopped starts none that it would wait for; those of one that is to be paused are paused, too.
_CHILDREN = f"""
    SELECT r.*, p.command, p.command_by_id FROM json_to_recordset(%(children)s::json) AS r({_RUN_COLUMNS})
    JOIN moved m ON m.execution_id = r.parent_execution_id
    LEFT JOIN moved p ON p.execution_id = m.execution_id AND p.command = 'pause' AND r.is_detached IS NOT TRUE
    WHERE r.is_detached IS TRUE OR m.command IS DISTINCT FROM 'stop'"""
_WAITS = f"""
, waits AS (
    INSERT INTO executor_wait (execution_id, node_id, path, number, kind, signal, until, task_id, remaining, created_at,
        stops)
    SELECT r.* FROM json_to_recordset(%(waits)s::json) AS r(execution_id uuid, node_id text, path text, number int,
        kind text, signal text, until timestamptz, task_id uuid, remaining int, created_at timestamptz, stops bool)
    JOIN moved m ON m.execution_id = r.execution_id
    ON CONFLICT DO NOTHING
), tasks AS (
    INSERT INTO executor_humantask (id, execution_id, owner_id, workflow_id, workflow_name, node_id, path, number, type,
        title, message, options, form, context, assignee_ids, required_answers, answers, escalate_to, remind_at, status,
        timeout_s, expires_at, on_timeout, created_at)
    SELECT r.* FROM json_to_recordset(%(tasks)s::json) AS r(id uuid, execution_id uuid, owner_id uuid, workflow_id uuid,
        workflow_name text, node_id text, path text, number int, type text, title text, message text, options jsonb,
        form jsonb, context jsonb, assignee_ids jsonb, required_answers int, answers jsonb, escalate_to jsonb,
        remind_at timestamptz, status text, timeout_s float, expires_at timestamptz, on_timeout text,
        created_at timestamptz)
    JOIN moved m ON m.execution_id = r.execution_id
    ON CONFLICT DO NOTHING
), {_start(_CHILDREN, "child_")}, closed AS (
    UPDATE executor_humantask t SET status = 'cancelled', responded_at = clock_timestamp()
    FROM moved m
    WHERE t.execution_id = m.execution_id AND t.status = 'pending'
      AND m.status IN ('completed', 'failed', 'cancelled', 'timeout')
)
SELECT l.execution_id,"""
COMMIT_WAITING = COMMIT.replace("\nSELECT l.execution_id,", _WAITS)
