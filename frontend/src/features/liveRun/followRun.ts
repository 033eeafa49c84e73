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
/** A browser has six connections to a server; others are needed meanwhile. */
const AT_ONCE = 3;

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
    const snapshot = await loadRun(executionId, (part) => {
      if (!isOver) takeSnapshot(store, part);
    }).catch((error: unknown) => {
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

interface Snapshot {
  readonly execution: ExecutionState;
  readonly nodeRuns: NodeRun[];
}

async function pageOf(executionId: string, page: number) {
  const params = { path: { execution_id: executionId }, query: { page, page_size: PAGE } };
  const { results, ...about } = await unwrap(
    api.GET("/api/orchestrator/executions/{execution_id}/node-runs/", { params }),
  );
  // The OpenAPI calls JSON values `unknown`; the domain names them.
  return { ...about, nodeRuns: results as unknown as NodeRun[] };
}

/**
 * Returns how a run stands, with all its node runs. Of a long one how it began is told of at once, and then how it
 * ended, where a failure stands: what lies between, rounds of loops mostly, comes several pages at a time.
 * Raises: ProblemError.
 */
async function loadRun(executionId: string, onPart: (part: Snapshot) => void = () => {}): Promise<Snapshot> {
  const path = { execution_id: executionId };
  const status = unwrap(api.GET("/api/orchestrator/executions/{execution_id}/status/", { params: { path } }));
  // As it stood before its node runs were read: events that came later are told again.
  const execution = (await status) as unknown as ExecutionState;
  const first = await pageOf(executionId, 1);
  if (first.next === null) return { execution, nodeRuns: first.nodeRuns };
  onPart({ execution, nodeRuns: first.nodeRuns });
  let number = Math.ceil(first.count / PAGE);
  let last = await pageOf(executionId, number);
  const nodeRuns = [...first.nodeRuns, ...last.nodeRuns];
  onPart({ execution, nodeRuns: last.nodeRuns });
  const between = Array.from({ length: number - 2 }, (_, at) => at + 2);
  for (let at = 0; at < between.length; at += AT_ONCE) {
    const pages = between.slice(at, at + AT_ONCE).map((page) => pageOf(executionId, page));
    for (const page of await Promise.all(pages)) nodeRuns.push(...page.nodeRuns);
  }
  // More came meanwhile, or there are more than are counted.
  while (last.next !== null) {
    number += 1;
    last = await pageOf(executionId, number);
    nodeRuns.push(...last.nodeRuns);
  }
  return { execution, nodeRuns };
}
