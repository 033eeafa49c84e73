/** What a rerun of a run would take over and what it would do again, node by node. */

import type { Catalogue } from "./catalogue";
import type { Definition, WorkflowNode } from "./definition";
import { NOTE } from "./definition";
import { downstreamOf } from "./graph";

/** What is known of one node run of the old run. */
export interface PastRun {
  readonly nodeId: string;
  readonly path: string;
  readonly status: string;
  readonly effect?: string;
}

/** Where a rerun begins: at what has not finished, at the very start, or at a node (in a round of a loop). */
export type RerunStart = "failed" | "start" | { readonly nodeId: string; readonly path: string };

export interface RerunPlan {
  readonly reused: readonly WorkflowNode[];
  readonly again: readonly WorkflowNode[];
  /** Of those that run: nodes that write, and had done so already. */
  readonly repeatedWrites: readonly WorkflowNode[];
}

const FINISHED = new Set(["completed", "skipped"]);

/**
 * Returns what a rerun would do with each node of the definition, as the server decides it; of a loop that runs again,
 * rounds that finished may still be taken over.
 */
export function planRerun(
  definition: Definition,
  catalogue: Catalogue,
  past: readonly PastRun[],
  trigger: string,
  start: RerunStart,
): RerunPlan {
  const nodes = reachable(definition, trigger);
  const again = start === "start" ? new Set(nodes.map((node) => node.id)) : fromPoint(definition, nodes, past, start);
  const ran = new Set(
    past.filter((run) => run.status === "completed" || run.status === "failed").map((one) => one.nodeId),
  );
  const effects = new Map(past.map((run) => [run.nodeId, run.effect]));
  const writes = (node: WorkflowNode) =>
    (effects.get(node.id) ?? catalogue.find(node.type, node.data.version)?.effect) === "write";
  const running = nodes.filter((node) => again.has(node.id));
  return {
    reused: nodes.filter((node) => !again.has(node.id)),
    again: running,
    repeatedWrites: running.filter((node) => ran.has(node.id) && writes(node)),
  };
}

function reachable(definition: Definition, trigger: string): WorkflowNode[] {
  const ids = downstreamOf(definition, [trigger]);
  return definition.nodes.filter((node) => ids.has(node.id) && node.type !== NOTE);
}

function fromPoint(
  definition: Definition,
  nodes: readonly WorkflowNode[],
  past: readonly PastRun[],
  start: Exclude<RerunStart, "start">,
): Set<string> {
  const handled = new Set(definition.edges.filter((edge) => edge.sourceHandle === "error").map((edge) => edge.source));
  const isOver = (node: WorkflowNode) => {
    const own = past.filter((run) => run.nodeId === node.id);
    const goesOn = handled.has(node.id) || (node.data.settings.on_error ?? "fail") !== "fail";
    return own.length > 0 && own.every((run) => FINISHED.has(run.status) || (run.status === "failed" && goesOn));
  };
  const first = nodes.filter((node) => !isOver(node)).map((node) => node.id);
  if (start !== "failed") {
    first.push(start.nodeId);
    // A round belongs to its loop, which has to go on after it.
    first.push(...start.path.split("/").flatMap((step) => (step ? [step.slice(0, step.lastIndexOf(":"))] : [])));
  }
  return downstreamOf(definition, first);
}

const FINAL = new Set(["completed", "failed", "cancelled", "timeout"]);

/** Whether a run with this status has ended, so that only a new one can go on from it. */
export function isFinalStatus(status: string): boolean {
  return FINAL.has(status);
}
