import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, asProblem, openRunStream, type RunStream, unwrap } from "@/api";
import type { RunEvent } from "@/domain/definition";
import { emptyRun, type RunState, withEvents } from "@/domain/runState";
import { saveNow } from "@/features/document";
import { toast } from "@/ui/toast";

export type Scope = "only" | "to" | "from";

/** The run that the editor follows: it is started here, and its events are applied once a frame. */
export function useRun(workflowId: string) {
  const [state, setState] = useState<RunState>(() => emptyRun());
  const [isStarting, setIsStarting] = useState(false);
  const stream = useRef<RunStream>(undefined);
  const cache = useQueryClient();

  const follow = useCallback(
    (executionId: string) => {
      stream.current?.close();
      setState(emptyRun(executionId));
      let waiting: RunEvent[] = [];
      stream.current = openRunStream({
        executionId,
        afterSequence: 0,
        onEvent: (event) => {
          // The stream's data is `unknown` JSON; the reducer reads it field by field.
          waiting.push(event as unknown as RunEvent);
          if (waiting.length > 1) return;
          requestAnimationFrame(() => {
            const events = waiting;
            waiting = [];
            setState((before) => withEvents(before, events));
            if (events.some((one) => one.data.final === true)) {
              void cache.invalidateQueries({ queryKey: ["executions"] });
              void cache.invalidateQueries({ queryKey: ["workflows", "list"] });
            }
          });
        },
      });
    },
    [cache],
  );

  // Another workflow: the run before is not its own.
  useEffect(() => {
    if (workflowId) setState(emptyRun());
    return () => stream.current?.close();
  }, [workflowId]);

  const begin = useCallback(
    async (start: () => Promise<{ id: string }>) => {
      setIsStarting(true);
      try {
        await saveNow();
        follow((await start()).id);
      } catch (error) {
        toast({ kind: "error", text: asProblem(error).message });
      } finally {
        setIsStarting(false);
      }
    },
    [follow],
  );

  const params = { path: { workflow_id: workflowId } };
  const start = () =>
    begin(() =>
      unwrap(
        api.POST("/api/orchestrator/workflows/{workflow_id}/execute/", {
          params,
          body: { input: {}, use_pinned: true, wait_s: 0 },
        }),
      ),
    );
  const startPart = (nodeId: string, direction: Scope) =>
    begin(() =>
      unwrap(
        api.POST("/api/orchestrator/workflows/{workflow_id}/partial-execute/", {
          params,
          body: { node_id: nodeId, direction, wait_s: 0 },
        }),
      ),
    );
  const stop = () => {
    const { executionId } = state;
    if (executionId === null) return;
    unwrap(
      api.POST("/api/orchestrator/executions/{execution_id}/stop/", {
        params: { path: { execution_id: executionId } },
        body: {},
      }),
    ).catch((error: unknown) => toast({ kind: "error", text: asProblem(error).message }));
  };
  const isRunning = state.executionId !== null && !state.isFinal;
  return { state, isRunning, isStarting, start, startPart, stop };
}
