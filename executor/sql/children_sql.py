"""The runs that one call of a node has: those it started, and what earlier ones finished of the same."""

# Own ones of this call; and for a further attempt, or a repair, what earlier calls finished with the same input. A
# repair takes over what the run it repairs finished, and so on back; a child that failed and was repaired alone counts
# as what the repair came to. The best of each number comes first.
OF_CALL = """
WITH RECURSIVE above AS (
    SELECT id, retry_of_id, takes_over, 0 AS back FROM executor_execution WHERE id = %(id)s
    UNION ALL
    SELECT e.id, e.retry_of_id, e.takes_over, a.back + 1
    FROM above a JOIN executor_execution e ON e.id = a.retry_of_id WHERE a.takes_over AND a.back < 100
), made AS (
    SELECT x.id, x.child_index, x.request_hash, a.back, a.back = 0 AND x.parent_number = %(number)s AS is_own
    FROM above a JOIN executor_execution x ON x.parent_execution_id = a.id AND x.parent_node_id = %(node_id)s
    WHERE x.parent_path = %(path)s AND x.workflow_id = %(workflow_id)s
      AND (a.back > 0 OR x.parent_number <= %(number)s) AND (x.request_hash <> '' OR a.back = 0)
), tries AS (
    SELECT id AS made_id, id, 0 AS tried FROM made
    UNION ALL
    SELECT t.made_id, e.id, t.tried + 1
    FROM tries t JOIN executor_execution e ON e.retry_of_id = t.id WHERE e.takes_over AND t.tried < 100
)
SELECT DISTINCT ON (m.is_own, m.child_index, m.request_hash) m.is_own, m.child_index, m.request_hash, t.id
FROM made m JOIN tries t ON t.made_id = m.id JOIN executor_runstate s ON s.execution_id = t.id
WHERE CASE WHEN m.is_own THEN t.tried = 0 ELSE s.status = 'completed' AND m.request_hash <> '' END
ORDER BY m.is_own, m.child_index, m.request_hash, m.back, t.tried DESC, t.id DESC
"""

# How they have ended, in the order that they are named in; outputs that are too large together are left out.
RESULTS = """
WITH asked AS (
    SELECT id, at FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS a(id, at)
), sized AS (
    SELECT a.id, a.at, sum(octet_length(x.output::text)) OVER (ORDER BY a.at) AS bytes
    FROM asked a JOIN executor_execution x ON x.id = a.id
)
SELECT x.id, s.status,
    CASE WHEN z.bytes <= %(most_bytes)s THEN coalesce(x.output_text::json, x.output::json) END AS output,
    x.error, x.end_reason,
    coalesce(z.bytes > %(most_bytes)s, false) AS is_left_out
FROM sized z JOIN executor_execution x ON x.id = z.id JOIN executor_runstate s ON s.execution_id = x.id
ORDER BY z.at
"""
