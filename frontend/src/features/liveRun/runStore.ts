/** One run as it is now: its state, and for each node the newest of its turns. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { StreamState } from "@/api";
import type { RunEvent } from "@/domain/definition";
import {
  emptyRun,
  itemCount,
  type NodeRunState,
  type RunState,
  type Snapshot,
  withEvents,
  withSnapshot,
} from "@/domain/runState";
import { lastStep } from "@/domain/timeline";

export interface LiveRun {
  readonly run: RunState;
  /** Each node's newest turn; states keep their identity until they change. */
  readonly byNode: ReadonlyMap<string, NodeRunState>;
  /** What the rounds of each loop handed on so far, by handle: a loop as a whole only counts what it gave in the end. */
  readonly byLoop: ReadonlyMap<string, Readonly<Record<string, number>>>;
  readonly stream: StreamState | "idle";
  /** Since when the run should be followed and is not; ms since 1970. */
  readonly lostAt: number | null;
  /** Why the run cannot be followed. */
  readonly problem: string | null;
}

export type RunStore = StoreApi<LiveRun>;

const IDLE: LiveRun = {
  run: emptyRun(),
  byNode: new Map(),
  byLoop: new Map(),
  stream: "idle",
  lostAt: null,
  problem: null,
};

export function createRunStore(): RunStore {
  return createStore<LiveRun>(() => IDLE);
}

/** Shows nothing, or the first moment of a run. */
export function resetRun(store: RunStore, executionId: string | null = null): void {
  store.setState({ ...IDLE, run: emptyRun(executionId) });
}

export function takeSnapshot(store: RunStore, snapshot: Snapshot): void {
  setRun(store, withSnapshot(store.getState().run, snapshot));
}

export function takeEvents(store: RunStore, events: readonly RunEvent[]): void {
  setRun(store, withEvents(store.getState().run, events));
}

/** Notes how the stream is. Trying again is no news: it stays lost since it was cut. */
export function takeStreamState(store: RunStore, stream: StreamState, problem: string | null): void {
  const { lostAt } = store.getState();
  const isAway = stream === "waiting" || (stream === "connecting" && lostAt !== null);
  store.setState({ stream, problem, lostAt: isAway ? (lostAt ?? Date.now()) : null });
}

function setRun(store: RunStore, run: RunState): void {
  if (run !== store.getState().run) store.setState({ run, byNode: newest(run), byLoop: handedOn(run) });
}

/**
 * What ends last is newest; what still goes on comes after all. A loop is shown as a whole: no event tells how its
 * rounds end.
 */
function newest(run: RunState): ReadonlyMap<string, NodeRunState> {
  const found = new Map<string, NodeRunState>();
  for (const state of run.runs.values()) {
    if (isRound(state)) continue;
    const known = found.get(state.nodeId);
    if (known === undefined || (known.finishedAt ?? "~") <= (state.finishedAt ?? "~")) found.set(state.nodeId, state);
  }
  return found;
}

function isRound({ nodeId, path }: NodeRunState): boolean {
  return lastStep(path)?.loop === nodeId;
}

function handedOn(run: RunState): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const found = new Map<string, Record<string, number>>();
  for (const state of run.runs.values()) {
    if (!isRound(state)) continue;
    const sums = found.get(state.nodeId) ?? {};
    for (const [handle, count] of Object.entries(state.itemsOut)) sums[handle] = (sums[handle] ?? 0) + count;
    found.set(state.nodeId, sums);
  }
  return found;
}

/** Returns how many items went along an edge; null while nobody knows. */
export function itemsAlong(live: LiveRun, source: string, handle: string): number | null {
  const count = itemCount(live.byNode.get(source), handle);
  return count || (live.byLoop.get(source)?.[handle] ?? count);
}
