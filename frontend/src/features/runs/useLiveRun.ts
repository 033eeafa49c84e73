import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { openRunStream } from "@/api";

const GATHER_MS = 300;

/** Reads a run again shortly after each of its events, until it has ended. */
export function useLiveRun(id: string, isLive: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!isLive) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void client.invalidateQueries({ queryKey: ["executions", "one", id] });
      }, GATHER_MS);
    };
    const stream = openRunStream({
      executionId: id,
      afterSequence: 0,
      onEvent: again,
      onState: (state) => state === "ended" && again(),
    });
    return () => {
      stream.close();
      clearTimeout(timer);
    };
  }, [client, id, isLive]);
}
