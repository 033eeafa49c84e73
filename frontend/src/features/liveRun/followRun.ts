/** Follows a run: what the server knows by now, then each event, applied once a frame. */

import { api, asProblem, openRunStream, type RunStream, unwrap } from "@/api";
import type { Execution, NodeRun, RunEvent } from "@/domain/definition";
import { type RunStore, resetRun, takeEvents, takeSnapshot } from "./runStore";

export interface Follower {
  /** Told of nodes that ended, so that what is shown of them is read anew. */
  readonly onNodesEnded?: (nodeIds: ReadonlySet<string>) => void;
  readonly onEnded?: () => void;
}

const ENDED = new Set(["node.completed", "node.failed", "node.skipped", "node.waiting"]);
const PAGE = 100;

/** Shows a run in a store until it is told to stop. Returns how to. */
export function followRun(store: RunStore, executionId: string, follower: Follower = {}): () => void {
  let isOver = false;
  let stream: RunStream | null = null;
  let frame = 0;
  let waiting: RunEvent[] = [];
  resetRun(store, executionId);

  const apply = () => {
    frame = 0;
    const events = waiting;
    waiting = [];
    if (isOver || events.length === 0) return;
    takeEvents(store, events);
    const ended = new Set(
      events.flatMap(({ type, node_id }) => (ENDED.has(type) && node_id !== null ? [node_id] : [])),
    );
    if (ended.size > 0) follower.onNodesEnded?.(ended);
    if (events.some((event) => event.data.final === true)) end();
  };
  /** The journal holds more than events tell: rounds of loops, and every attempt. */
  const end = () => {
    follower.onEnded?.();
    loadRun(executionId).then(
      (snapshot) => {
        if (!isOver) takeSnapshot(store, snapshot);
      },
      () => {}, // what the events told stays
    );
  };
  const begin = async () => {
    const { execution, nodeRuns } = await loadRun(executionId);
    if (isOver) return;
    takeSnapshot(store, { execution, nodeRuns });
    if (execution.finished_at !== null) {
      store.setState({ stream: "ended" });
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
        if (!isOver) store.setState({ stream: state, problem: problem?.detail ?? null });
      },
    });
  };
  begin().catch((error: unknown) => {
    if (!isOver) store.setState({ stream: "failed", problem: asProblem(error).detail });
  });
  return () => {
    isOver = true;
    cancelAnimationFrame(frame);
    stream?.close();
  };
}

/** Returns a run with all its node runs. Raises: ProblemError. */
async function loadRun(executionId: string): Promise<{ execution: Execution; nodeRuns: NodeRun[] }> {
  const path = { execution_id: executionId };
  const found = await unwrap(api.GET("/api/orchestrator/executions/{execution_id}/", { params: { path } }));
  // The OpenAPI calls JSON values `unknown`; the domain names them.
  const execution = found as unknown as Execution;
  let nodeRuns = found.node_runs as unknown as NodeRun[];
  if (!found.node_runs_truncated) return { execution, nodeRuns };
  nodeRuns = [];
  for (let page = 1; ; page += 1) {
    const query = { page, page_size: PAGE };
    const rows = await unwrap(
      api.GET("/api/orchestrator/executions/{execution_id}/node-runs/", { params: { path, query } }),
    );
    nodeRuns.push(...(rows.results as unknown as NodeRun[]));
    if (rows.next === null) return { execution, nodeRuns };
  }
}
