import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { createRunStore, followRun, type RunStore } from "@/features/liveRun";

const GATHER_MS = 800;

/** Returns the store of a run, which follows its events for as long as the screen shows it. */
export function useFollowedRun(executionId: string): RunStore {
  const client = useQueryClient();
  const [store] = useState(createRunStore);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const readNodes = () => {
      // Many nodes may end in a second: what is shown of them is read again once for all.
      timer ??= setTimeout(() => {
        timer = undefined;
        void client.invalidateQueries({ queryKey: ["executions", executionId, "node-runs"] });
      }, GATHER_MS);
    };
    const stop = followRun(store, executionId, {
      onNodesEnded: readNodes,
      onEnded: () => void client.invalidateQueries({ queryKey: ["executions", "one", executionId] }),
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client, executionId, store]);
  return store;
}
