/** What is known of a run: its own status, and one state for each node and path. */

import type { JsonObject } from "../json";
import type { Attempt, ExecutionError, ExecutionStatus, NodeRunStatus, RunEvent } from "../runTypes";

export interface WaitReason {
  reason: string;
  nodeId: string | null;
  since: string | null;
  until: string | null;
  humanTaskId: string | null;
}

export interface PlanTask {
  order: number;
  action: string;
  status: string;
}

export interface LogLine {
  seq: number;
  at: string;
  nodeId: string | null;
  path: string;
  level: string;
  message: string;
  source: string | null;
}

export interface NodeRunState {
  nodeId: string;
  path: string;
  label: string;
  kind: string;
  status: NodeRunStatus | "retrying";
  nodeRunId: string | null;
  attempt: number;
  attempts: Attempt[];
  retryAt: string | null;
  itemsIn: Record<string, number>;
  itemsOut: Record<string, number>;
  activeHandles: string[];
  error: ExecutionError | null;
  /** The failure went on by a handle: the run did not fail with it. */
  handled: boolean;
  skippedBecause: string | null;
  waiting: WaitReason | null;
  /** What a model streamed so far; the whole text is in the outputs once the node is done. */
  text: string;
  /** The tool that a step calls. */
  tool: string | null;
  /** What an agent means to do, as it told last. */
  plan: readonly PlanTask[];
  /** The place that the next piece of it takes. */
  nextIndex: number;
  progress: { done: number; total: number } | null;
  preview: JsonObject | null;
  truncated: boolean;
  reused: boolean;
  pinned: boolean;
  startedAt: string | null;
  finishedAt: string | null;
  durationMs: number | null;
}

export interface RunState {
  executionId: string | null;
  status: ExecutionStatus | null;
  /** The last event that is in this state. */
  seq: number;
  progress: { done: number; total: number };
  error: ExecutionError | null;
  endReason: string | null;
  waiting: WaitReason | null;
  startedAt: string | null;
  finishedAt: string | null;
  durationMs: number | null;
  isFinal: boolean;
  runs: ReadonlyMap<string, NodeRunState>;
  /** What events told of steps of node runs; the server has them all. */
  steps: ReadonlyMap<string, NodeRunState>;
  logs: readonly LogLine[];
  /** Human tasks that are open, by id: the node that asks. */
  openTasks: Readonly<Record<string, string | null>>;
  /** Events that came before one that is missing. */
  pending: ReadonlyMap<number, RunEvent>;
}

export function emptyRun(executionId: string | null = null): RunState {
  return {
    executionId,
    status: null,
    seq: 0,
    progress: { done: 0, total: 0 },
    error: null,
    endReason: null,
    waiting: null,
    startedAt: null,
    finishedAt: null,
    durationMs: null,
    isFinal: false,
    runs: new Map(),
    steps: new Map(),
    logs: [],
    openTasks: {},
    pending: new Map(),
  };
}

/** Return the key of a node run: one for each node and path. */
export function runKey(nodeId: string, path: string): string {
  return `${nodeId}\u0000${path}`;
}

function steps(path: string): [string, number][] {
  if (path === "") return [];
  return path.split("/").map((step) => {
    const at = step.lastIndexOf(":");
    return [step.slice(0, at), Number(step.slice(at + 1))];
  });
}

function comparePaths(left: string, right: string): number {
  const [one, other] = [steps(left), steps(right)];
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = (one[at]?.[1] ?? -1) - (other[at]?.[1] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Return the paths that a node ran on, in order of iteration. */
export function iterationsOf(state: RunState, nodeId: string): string[] {
  const paths = [...state.runs.values()].filter((run) => run.nodeId === nodeId).map((run) => run.path);
  return paths.sort(comparePaths);
}

/** Return a node's run on a path, or on its newest one. */
export function latestOf(state: RunState, nodeId: string, path?: string): NodeRunState | undefined {
  const chosen = path ?? iterationsOf(state, nodeId).at(-1);
  return chosen === undefined ? undefined : state.runs.get(runKey(nodeId, chosen));
}
