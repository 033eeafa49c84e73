import { useEffect, useState } from "react";
import type { NodeRunState } from "@/domain/runState";
import { createRunStore, type LiveRun, type RunStore } from "@/features/liveRun";

/** Returns the run as the canvas shows it: nodes of a loop in the chosen round, all others in their newest turn. */
export function useShownRound(store: RunStore, path: string): RunStore {
  const [shown] = useState(createRunStore);
  useEffect(() => {
    const show = (live: LiveRun) => shown.setState(path === "" ? live : { ...live, byNode: inRound(live, path) });
    show(store.getState());
    return store.subscribe(show);
  }, [store, shown, path]);
  return shown;
}

/** The deepest turn of each node on the way to a path: of nested loops, the rounds around it count too. */
function inRound({ run, byNode }: LiveRun, path: string): ReadonlyMap<string, NodeRunState> {
  const found = new Map(byNode);
  const depths = new Map<string, number>();
  for (const state of run.runs.values()) {
    const isOnTheWay = state.path !== "" && (path === state.path || path.startsWith(`${state.path}/`));
    if (!isOnTheWay || state.path.length < (depths.get(state.nodeId) ?? 0)) continue;
    depths.set(state.nodeId, state.path.length);
    found.set(state.nodeId, state);
  }
  return found;
}
