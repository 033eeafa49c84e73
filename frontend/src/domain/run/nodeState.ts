/** A node run's state, new or from the server's row. */

import type { NodeRun } from "../runTypes";
import type { NodeRunState } from "./state";

export function newNodeRun(nodeId: string, path: string): NodeRunState {
  return {
    nodeId,
    path,
    label: "",
    kind: "",
    status: "running",
    nodeRunId: null,
    attempt: 1,
    attempts: [],
    retryAt: null,
    itemsIn: {},
    itemsOut: {},
    activeHandles: [],
    error: null,
    handled: false,
    skippedBecause: null,
    waiting: null,
    text: "",
    tool: null,
    plan: [],
    nextIndex: 0,
    progress: null,
    preview: null,
    truncated: false,
    reused: false,
    pinned: false,
    startedAt: null,
    finishedAt: null,
    durationMs: null,
  };
}

function counts(side: Record<string, unknown[]> | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(side ?? {}).map(([handle, items]) => [handle, items.length]));
}

/** Return a state from a row; what only events tell is kept. */
export function nodeRunOf(row: NodeRun, known: NodeRunState | undefined): NodeRunState {
  const before = known ?? newNodeRun(row.node_id, row.path);
  return {
    ...before,
    label: row.node_label,
    kind: row.kind,
    status: row.status,
    nodeRunId: row.id,
    attempt: row.attempt,
    attempts: row.attempts,
    itemsIn: known && Object.keys(known.itemsIn).length > 0 ? known.itemsIn : counts(row.inputs),
    // A row carries the first items of a handle only, and says how many there are.
    itemsOut: { ...counts(row.outputs), ...row.item_counts },
    activeHandles: row.active_handles,
    error: row.error,
    waiting: row.status === "waiting" ? before.waiting : null,
    retryAt: null,
    reused: row.reused,
    pinned: row.pinned,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    durationMs: row.duration_ms,
  };
}
