/** One run as it is now: its state, and for each node the newest of its turns. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { StreamState } from "@/api";
import type { RunEvent } from "@/domain/definition";
import { emptyRun, type NodeRunState, type RunState, type Snapshot, withEvents, withSnapshot } from "@/domain/runState";

export interface LiveRun {
  readonly run: RunState;
  /** Each node's newest turn; states keep their identity until they change. */
  readonly byNode: ReadonlyMap<string, NodeRunState>;
  readonly stream: StreamState | "idle";
  /** Why the run cannot be followed. */
  readonly problem: string | null;
}

export type RunStore = StoreApi<LiveRun>;

const IDLE: LiveRun = { run: emptyRun(), byNode: new Map(), stream: "idle", problem: null };

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

function setRun(store: RunStore, run: RunState): void {
  if (run !== store.getState().run) store.setState({ run, byNode: newest(run) });
}

/** What ends last is newest, so that a loop as a whole comes after its rounds; what still goes on comes after all. */
function newest(run: RunState): ReadonlyMap<string, NodeRunState> {
  const found = new Map<string, NodeRunState>();
  for (const state of run.runs.values()) {
    const known = found.get(state.nodeId);
    if (known === undefined || (known.finishedAt ?? "~") <= (state.finishedAt ?? "~")) found.set(state.nodeId, state);
  }
  return found;
}
