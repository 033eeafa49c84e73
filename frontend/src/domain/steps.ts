/** The steps of a node run: as the server has them, with what events told since. */

import { type NodeRunState, stepPlace } from "./runState";
import type { ExecutionError } from "./runTypes";

export interface StoredStep {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly attempt: number;
  readonly error: ExecutionError | null;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
  readonly input?: unknown;
}

export interface Step<T extends StoredStep = StoredStep> {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  /** The place of the item that it was taken for. */
  readonly item: number;
  readonly status: string;
  readonly attempt: number;
  readonly error: ExecutionError | null;
  readonly startedAt: string | null;
  readonly durationMs: number | null;
  /** What a model streamed so far. */
  readonly text: string;
  readonly humanTaskId: string | null;
  /** Null for one that only events told of yet. */
  readonly stored: T | null;
}

export interface StepsOf {
  readonly nodeId: string;
  readonly path: string;
  /** All stored steps are there: what else events told of is new. */
  readonly isWhole: boolean;
}

const KIND = "step."; // stands before the kind of a step in events

/** Returns the steps of a node run in the order of their starts. */
export function stepsOf<T extends StoredStep>(
  stored: readonly T[],
  told: Iterable<NodeRunState>,
  { nodeId, path, isWhole }: StepsOf,
): Step<T>[] {
  const live = new Map<string, NodeRunState>();
  for (const state of told) {
    const place = state.nodeId === nodeId ? stepPlace(nodeId, state.path) : null;
    if (place?.home === path) live.set(place.key, state);
  }
  const steps = stored.map((row) => {
    const state = live.get(row.key);
    live.delete(row.key);
    // What has ended may have begun anew; what goes on may have ended.
    const isNewer = state !== undefined && (row.finished_at === null || state.attempt > row.attempt);
    return isNewer ? ofEvents(row.key, state, row) : ofRow(row);
  });
  return isWhole ? [...steps, ...[...live].map(([key, state]) => ofEvents<T>(key, state, null))] : steps;
}

function ofRow<T extends StoredStep>(row: T): Step<T> {
  const { key, kind, status, attempt, error, started_at: startedAt, duration_ms: durationMs } = row;
  const item = itemOf(key);
  return {
    key,
    kind,
    name: toolOf(row) ?? row.name,
    item,
    status,
    attempt,
    error,
    startedAt,
    durationMs,
    text: "",
    humanTaskId: null,
    stored: row,
  };
}

function ofEvents<T extends StoredStep>(key: string, state: NodeRunState, row: T | null): Step<T> {
  const { status, attempt, error, startedAt, finishedAt, durationMs, text, waiting } = state;
  const took = startedAt !== null && finishedAt !== null ? Date.parse(finishedAt) - Date.parse(startedAt) : null;
  return {
    key,
    kind: row?.kind ?? (state.kind.startsWith(KIND) ? state.kind.slice(KIND.length) : state.kind),
    name: state.tool ?? toolOf(row) ?? row?.name ?? key.slice(key.indexOf(".") + 1),
    item: itemOf(key),
    status,
    attempt,
    error,
    startedAt,
    durationMs: durationMs ?? took,
    text: status === "running" ? text : "",
    humanTaskId: waiting?.humanTaskId ?? null,
    stored: row,
  };
}

/** Returns the tool that a step calls: it says more than the step's name. */
function toolOf(row: StoredStep | null): string | null {
  const input = row?.kind === "tool" ? row.input : null;
  const named = typeof input === "object" && input !== null && "tool" in input ? input.tool : null;
  return typeof named === "string" ? named : null;
}

const itemOf = (key: string): number => Number(key.slice(0, key.indexOf(".")));
