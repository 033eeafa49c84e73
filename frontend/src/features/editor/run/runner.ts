/** Starting, following and stopping runs from the editor. A run's status stands on the canvas, never in a toast. */

import type { QueryClient } from "@tanstack/react-query";
import { createStore, type StoreApi } from "zustand/vanilla";
import { api, asProblem, unwrap } from "@/api";
import type { Definition, Diagnostic } from "@/domain/definition";
import { startingTrigger } from "@/domain/startingTrigger";
import { documentStore, saveNow } from "@/features/document";
import type { RunScope } from "@/features/inspector";
import { createNodeReader, createRunStore, followRun, type RunStore, resetRun } from "@/features/liveRun";
import { toast } from "@/ui/toast";
import { copy } from "../copy";
import { editorStore, say } from "../editorStore";

export interface RunnerState {
  readonly executionId: string | null;
  readonly isStarting: boolean;
  /** What ran: nodes that differ from it by now are stale. */
  readonly ran: Definition | null;
  /** Errors that a start was refused for. */
  readonly refused: readonly Diagnostic[] | null;
}

export interface Runner {
  readonly live: RunStore;
  readonly state: StoreApi<RunnerState>;
  readonly start: () => void;
  readonly startPart: (nodeId: string, scope: RunScope) => void;
  readonly stop: () => void;
  /** Shows nothing that ran any more. */
  readonly clear: () => void;
  readonly close: () => void;
}

const IDLE: RunnerState = { executionId: null, isStarting: false, ran: null, refused: null };

export function createRunner(workflowId: string, client: QueryClient, isTrigger: (nodeId: string) => boolean): Runner {
  const live = createRunStore();
  const state = createStore<RunnerState>(() => IDLE);
  const params = { path: { workflow_id: workflowId } };
  let stopFollowing: (() => void) | null = null;

  function follow(executionId: string, ran: Definition): void {
    stopFollowing?.();
    state.setState({ executionId, ran, refused: null });
    const reader = createNodeReader(client, executionId);
    const leave = followRun(live, executionId, {
      onNodesEnded: reader.readSoon,
      onEnded: () => {
        const { run } = live.getState();
        say(copy.ended(run.status ?? "", run.error?.message));
        reader.readAll();
        void client.invalidateQueries({ queryKey: ["workflows", "list"] });
      },
    });
    stopFollowing = () => {
      reader.close();
      leave();
    };
  }

  async function begin(
    start: () => Promise<{ readonly id: string }>,
    onRefused?: (code: string) => boolean,
  ): Promise<void> {
    if (state.getState().isStarting) return;
    state.setState({ isStarting: true });
    try {
      if (!(await saveNow()) && documentStore.getState().saveState !== "saved") {
        return void toast({ kind: "error", text: copy.notSavedNotRun });
      }
      const ran = documentStore.getState().definition;
      follow((await start()).id, ran);
      editorStore.setState({ isRunPanelOpen: true });
      say(copy.started);
    } catch (error) {
      const problem = asProblem(error);
      const { diagnostics } = problem.extra;
      if (problem.code === "compilation_failed" && Array.isArray(diagnostics)) {
        // The server's list of what the compiler found; the contract gives its shape.
        state.setState({ refused: diagnostics as Diagnostic[] });
        editorStore.setState({ isProblemsOpen: true });
      } else if (!onRefused?.(problem.code)) toast({ kind: "error", text: problem.detail || problem.title });
    } finally {
      state.setState({ isStarting: false });
    }
  }

  const start = () =>
    void begin(() => {
      const { definition } = documentStore.getState();
      const chosen = editorStore.getState().selection.nodes;
      const trigger = startingTrigger({ definition, isTrigger, chosen });
      return unwrap(
        api.POST("/api/orchestrator/workflows/{workflow_id}/execute/", {
          params,
          body: {
            input: {},
            use_pinned: true,
            wait_s: 0,
            version: "current",
            ...(trigger ? { trigger_node_id: trigger } : {}),
          },
        }),
      );
    });

  const startPart = (nodeId: string, scope: RunScope) =>
    void begin(
      () => {
        const { executionId } = state.getState();
        return unwrap(
          api.POST("/api/orchestrator/workflows/{workflow_id}/partial-execute/", {
            params,
            body: {
              node_id: nodeId,
              direction: scope,
              wait_s: 0,
              ...(executionId ? { base_execution_id: executionId } : {}),
            },
          }),
        );
      },
      (code) => {
        if (code !== "inputs_unknown" || scope === "to") return false;
        const action = { label: copy.runTo, onSelect: () => startPart(nodeId, "to") };
        toast({ kind: "error", text: copy.inputsUnknown, action });
        return true;
      },
    );

  function stop(): void {
    const { executionId } = state.getState();
    if (executionId === null || live.getState().run.isFinal) return;
    const path = { execution_id: executionId };
    unwrap(api.POST("/api/orchestrator/executions/{execution_id}/stop/", { params: { path }, body: {} })).catch(
      (error: unknown) => toast({ kind: "error", text: asProblem(error).detail || asProblem(error).title }),
    );
  }

  function clear(): void {
    stopFollowing?.();
    stopFollowing = null;
    resetRun(live);
    state.setState(IDLE);
  }
  return { live, state, start, startPart, stop, clear, close: () => stopFollowing?.() };
}
