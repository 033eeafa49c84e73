/** Has what screens read of a run's nodes read again while nodes end. */

import type { QueryClient } from "@tanstack/react-query";

const GATHER_MS = 500;

export interface NodeReader {
  /** Nodes ended: reads at once, and once for all that end within the next half second. */
  readonly readSoon: () => void;
  /** Reads everything of the run and about it, for the last time. */
  readonly readAll: () => void;
  readonly close: () => void;
}

export function createNodeReader(client: QueryClient, executionId: string): NodeReader {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsked = false;
  const read = (queryKey: readonly string[]) =>
    // An answer that is on its way may be older than what just happened. The first one of a query is not asked for a
    // second time by invalidating alone, so what it misses would stay missing.
    void client.cancelQueries({ queryKey: ["executions", executionId] }).then(() => {
      void client.invalidateQueries({ queryKey });
    });
  const tick = () => {
    timer = undefined;
    if (!isAsked) return;
    isAsked = false;
    read(["executions", executionId]);
    timer = setTimeout(tick, GATHER_MS);
  };
  return {
    readSoon: () => {
      isAsked = true;
      if (timer === undefined) tick();
    },
    readAll: () => read(["executions"]),
    close: () => clearTimeout(timer),
  };
}
