/** Which node run the screen shows: the one that the address names, else the one that matters most. */
import { iterationsOf, type NodeRunState, nodePath, type RunState, runKey } from "@/domain/runState";

export interface Choice {
  readonly nodeId: string;
  readonly path: string;
}

/** Returns the choice; a node named without a path by the newest of its turns. Null where nothing ran. */
export function choiceOf(run: RunState, params: URLSearchParams): Choice | null {
  const node = params.get("node");
  const path = params.get("path");
  if (node !== null && path !== null) return { nodeId: node, path: nodePath(node, path) };
  if (node !== null) return { nodeId: node, path: bestPath(run, node) };
  return failed(run) ?? waiting(run) ?? last(run);
}

/** Returns the turn of a node that somebody wants to see: the one that failed, else the newest. */
function bestPath(run: RunState, nodeId: string): string {
  const paths = iterationsOf(run, nodeId);
  const broken = paths.find((path) => run.runs.get(runKey(nodeId, path))?.status === "failed");
  return broken ?? paths.at(-1) ?? "";
}

function failed(run: RunState): Choice | null {
  const named = run.error?.node_id;
  const path = run.error?.path ?? null;
  if (named) return { nodeId: named, path: path === null ? bestPath(run, named) : nodePath(named, path) };
  const states = [...run.runs.values()];
  return choice(states.find((one) => one.status === "failed" && !one.handled && run.status === "failed"));
}

function waiting(run: RunState): Choice | null {
  return choice([...run.runs.values()].find((one) => one.status === "waiting"));
}

function last(run: RunState): Choice | null {
  if (!run.isFinal) return null;
  let found: NodeRunState | undefined;
  for (const one of run.runs.values()) {
    const isLater = (one.finishedAt ?? "") >= (found?.finishedAt ?? "");
    if (one.path === "" && one.status === "completed" && isLater) found = one;
  }
  return choice(found);
}

function choice(state: NodeRunState | undefined): Choice | null {
  return state ? { nodeId: state.nodeId, path: state.path } : null;
}
