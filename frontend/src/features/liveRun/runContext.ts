import { createContext, useContext } from "react";
import { useStore } from "zustand";
import { createRunStore, type LiveRun, type RunStore } from "./runStore";

/** The run that a canvas and what stands around it show; by default one that never starts. */
export const RunStoreContext = createContext<RunStore>(createRunStore());

/** Subscribes to a part of the run. Select what keeps its identity, or a primitive. */
export function useLiveRun<T>(selector: (live: LiveRun) => T): T {
  return useStore(useContext(RunStoreContext), selector);
}
