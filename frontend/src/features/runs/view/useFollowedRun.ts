import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { createNodeReader, createRunStore, followRun, type RunStore } from "@/features/liveRun";

/** Returns the store of a run, which follows its events for as long as the screen shows it. */
export function useFollowedRun(executionId: string): RunStore {
  const client = useQueryClient();
  const [store] = useState(createRunStore);
  useEffect(() => {
    const reader = createNodeReader(client, executionId);
    const stop = followRun(store, executionId, {
      onNodesEnded: reader.readSoon,
      onStepsEnded: reader.readStepsSoon,
      onEnded: reader.readAll,
    });
    return () => {
      reader.close();
      stop();
    };
  }, [client, executionId, store]);
  return store;
}
