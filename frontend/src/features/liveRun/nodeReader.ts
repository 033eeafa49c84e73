/** Has what screens read of a run's nodes read again while nodes end. */

import type { QueryClient } from "@tanstack/react-query";

const GATHER_MS = 500;

export interface NodeReader {
  /** Nodes ended: reads at once, and once for all that end within the next half second. */
  readonly readSoon: () => void;
  /** The same for steps of nodes, which nothing else depends on. */
  readonly readStepsSoon: () => void;
  /** Reads everything of the run and about it, for the last time. */
  readonly readAll: () => void;
  readonly close: () => void;
}

export function createNodeReader(client: QueryClient, executionId: string): NodeReader {
  const run = ["executions", executionId];
  const steps = [...run, "steps"];
  const read = (cancelled: readonly string[], queryKey: readonly string[]) =>
    // An answer that is on its way may be older than what just happened. The first one of a query is not asked for a
    // second time by invalidating alone, so what it misses would stay missing.
    void client.cancelQueries({ queryKey: cancelled }).then(() => {
      void client.invalidateQueries({ queryKey });
    });
  const ofNodes = gathered(() => read(run, run));
  const ofSteps = gathered(() => read(steps, steps));
  return {
    readSoon: ofNodes.ask,
    readStepsSoon: ofSteps.ask,
    readAll: () => read(run, ["executions"]),
    close: () => {
      ofNodes.close();
      ofSteps.close();
    },
  };
}

/** Acts at once, and then once for all that is asked within a while. */
function gathered(act: () => void): { readonly ask: () => void; readonly close: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsked = false;
  const tick = () => {
    timer = undefined;
    if (!isAsked) return;
    isAsked = false;
    act();
    timer = setTimeout(tick, GATHER_MS);
  };
  return {
    ask: () => {
      isAsked = true;
      if (timer === undefined) tick();
    },
    close: () => clearTimeout(timer),
  };
}
