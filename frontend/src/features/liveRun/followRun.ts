/** Follows a run: what the server knows by now, then each event, applied once a frame. */

import { api, asProblem, backoffMs, openRunStream, type RunStream, unwrap } from "@/api";
import type { NodeRun, RunEvent } from "@/domain/definition";
import { stepPlace } from "@/domain/runState";
import type { ExecutionState } from "@/domain/runTypes";
import { type RunStore, resetRun, takeEvents, takeSnapshot, takeStreamState } from "./runStore";

export interface Follower {
  /** Told of nodes that ended, so that what is shown of them is read anew. */
  readonly onNodesEnded?: (nodeIds: ReadonlySet<string>) => void;
  /** Told when steps of nodes ended: no node did. */
  readonly onStepsEnded?: () => void;
  readonly onEnded?: () => void;
}

const ENDED = new Set(["node.completed", "node.failed", "node.skipped", "node.waiting"]);
const PAGE = 100;

/** Shows a run in a store until it is told to stop. Returns how to. */
export function followRun(store: RunStore, executionId: string, follower: Follower = {}): () => void {
  let isOver = false;
  let stream: RunStream | null = null;
  let frame = 0;
  let again: ReturnType<typeof setTimeout> | undefined;
  let waiting: RunEvent[] = [];
  resetRun(store, executionId);

  const apply = () => {
    frame = 0;
    const events = waiting;
    waiting = [];
    if (isOver || events.length === 0) return;
    takeEvents(store, events);
    const ended = events.filter(({ type, node_id }) => node_id !== null && ENDED.has(type));
    const nodes = new Set(ended.flatMap((event) => (isOfStep(event) ? [] : (event.node_id ?? []))));
    if (nodes.size > 0) follower.onNodesEnded?.(nodes);
    if (ended.some(isOfStep)) follower.onStepsEnded?.();
  };
  /** The journal holds more than events tell: rounds of loops, and every attempt. */
  const end = () => {
    cancelAnimationFrame(frame);
    apply();
    follower.onEnded?.();
    loadRun(executionId).then(
      (snapshot) => {
        if (!isOver) takeSnapshot(store, snapshot);
      },
      () => {}, // what the events told stays
    );
  };
  const begin = async (tries = 0): Promise<void> => {
    const snapshot = await loadRun(executionId).catch((error: unknown) => {
      if (!isPassing(error)) throw error;
    });
    if (isOver) return;
    if (snapshot === undefined) {
      takeStreamState(store, "waiting", null);
      again = setTimeout(() => void begin(tries + 1).catch(fail), backoffMs(tries));
      return;
    }
    const { execution } = snapshot;
    takeSnapshot(store, snapshot);
    if (execution.finished_at !== null) {
      takeStreamState(store, "ended", null);
      return follower.onEnded?.();
    }
    stream = openRunStream({
      executionId,
      afterSequence: execution.last_sequence,
      onEvent: (event) => {
        // The same shape; the wire's values are JSON, which the domain names.
        waiting.push(event as RunEvent);
        frame ||= requestAnimationFrame(apply);
      },
      onState: (state, problem) => {
        if (isOver) return;
        takeStreamState(store, state, problem?.detail ?? null);
        if (state === "ended") end();
      },
    });
  };
  const fail = (error: unknown) => {
    if (!isOver) takeStreamState(store, "failed", asProblem(error).detail);
  };
  begin().catch(fail);
  return () => {
    isOver = true;
    cancelAnimationFrame(frame);
    clearTimeout(again);
    stream?.close();
  };
}

function isOfStep({ node_id, path }: RunEvent): boolean {
  return node_id !== null && stepPlace(node_id, path) !== null;
}

/** Whether the server is away for a moment: asking again may help. */
function isPassing(error: unknown): boolean {
  const { isUnreachable, status } = asProblem(error);
  return isUnreachable || status >= 502;
}

/** Returns how a run stands, with all its node runs. Raises: ProblemError. */
async function loadRun(executionId: string): Promise<{ execution: ExecutionState; nodeRuns: NodeRun[] }> {
  const path = { execution_id: executionId };
  const status = unwrap(api.GET("/api/orchestrator/executions/{execution_id}/status/", { params: { path } }));
  // The OpenAPI calls JSON values `unknown`; the domain names them.
  const execution = (await status) as unknown as ExecutionState;
  const nodeRuns: NodeRun[] = [];
  for (let page = 1; ; page += 1) {
    const query = { page, page_size: PAGE };
    const rows = await unwrap(
      api.GET("/api/orchestrator/executions/{execution_id}/node-runs/", { params: { path, query } }),
    );
    nodeRuns.push(...(rows.results as unknown as NodeRun[]));
    if (rows.next === null) return { execution, nodeRuns };
  }
}
