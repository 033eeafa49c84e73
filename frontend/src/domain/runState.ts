/**
 * The state of a run, reduced from its events by `seq`: an event twice changes nothing, one too early waits for those
 * before it, one of an unknown type only counts. A snapshot of node runs may stand in for the events up to its `seq`.
 */

import { reduceEvent } from "./run/events";
import { nodeRunOf } from "./run/nodeState";
import { emptyRun, type NodeRunState, type RunState, runKey } from "./run/state";
import { stepPlace } from "./run/stepPath";
import type { ExecutionState, NodeRun, RunEvent } from "./runTypes";

export {
  emptyRun,
  iterationsOf,
  type LogLine,
  latestOf,
  type NodeRunState,
  type PlanTask,
  type RunState,
  runKey,
  type WaitReason,
} from "./run/state";
export { nodePath, type StepPlace, stepPlace } from "./run/stepPath";

/** Most events that wait for a missing one; beyond that the gap is given up and a snapshot has to fill it. */
const MAX_PENDING = 5_000;

function applied(state: RunState, event: RunEvent): RunState {
  return { ...reduceEvent(state, event), seq: event.seq ?? state.seq };
}

function drained(state: RunState): RunState {
  let made = state;
  while (made.pending.size > 0) {
    const next = made.pending.get(made.seq + 1);
    if (next === undefined) break;
    const pending = new Map(made.pending);
    pending.delete(made.seq + 1);
    made = applied({ ...made, pending }, next);
  }
  return made;
}

/** Return the state with one more event. */
export function withEvent(state: RunState, event: RunEvent): RunState {
  if (state.executionId !== null && event.execution_id !== state.executionId) return state;
  if (event.seq === null) return reduceEvent(state, event); // not replayed, so not counted either
  if (event.seq <= state.seq || state.pending.has(event.seq)) return state;
  if (event.seq > state.seq + 1) {
    if (state.pending.size >= MAX_PENDING) return state;
    return { ...state, pending: new Map(state.pending).set(event.seq, event) };
  }
  return drained(applied(state, event));
}

/** Return the state with many events, as they came in one frame. */
export function withEvents(state: RunState, events: readonly RunEvent[]): RunState {
  return events.reduce(withEvent, state);
}

/** Whether an event is missing in between: what waits will only be shown once it came. */
export function hasGap(state: RunState): boolean {
  return state.pending.size > 0;
}

export interface Snapshot {
  execution: ExecutionState;
  nodeRuns: readonly NodeRun[];
}

/** Return the state with what the server knows by now; events up to the snapshot's `last_sequence` are in it. */
export function withSnapshot(state: RunState, snapshot: Snapshot): RunState {
  const { execution, nodeRuns } = snapshot;
  const other = state.executionId !== null && state.executionId !== execution.id;
  const base = other ? emptyRun(execution.id) : state;
  if (execution.last_sequence < base.seq) return base; // older than what was seen live
  const runs = new Map(base.runs);
  for (const row of nodeRuns) {
    if (stepPlace(row.node_id, row.path) !== null) continue;
    const key = runKey(row.node_id, row.path);
    runs.set(key, nodeRunOf(row, runs.get(key)));
  }
  const pending = new Map([...base.pending].filter(([seq]) => seq > execution.last_sequence));
  const { reason, node_id, since, until, human_task_id } = execution.waiting ?? {};
  return drained({
    ...base,
    executionId: execution.id,
    status: execution.status,
    seq: execution.last_sequence,
    progress: execution.progress,
    error: execution.error,
    endReason: execution.end_reason,
    waiting:
      execution.status === "waiting" && reason !== undefined
        ? {
            reason,
            nodeId: node_id ?? null,
            since: since ?? null,
            until: until ?? null,
            humanTaskId: human_task_id ?? null,
          }
        : null,
    startedAt: execution.started_at,
    finishedAt: execution.finished_at,
    isFinal: execution.finished_at !== null,
    runs,
    pending,
  });
}

/** Return the items that went through a handle of a node; null while nobody knows. */
export function itemCount(run: NodeRunState | undefined, handle: string): number | null {
  if (run === undefined || !["completed", "failed", "skipped"].includes(run.status)) return null;
  return run.itemsOut[handle] ?? 0;
}
