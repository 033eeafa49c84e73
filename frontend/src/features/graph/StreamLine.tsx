import type { ReactNode } from "react";
import { type NodeRunState, nodePath } from "@/domain/runState";
import { useLiveRun } from "@/features/liveRun";
import { copy } from "./copy";

const MOST = 120;

/** The last line of what a model writes or the tool that it uses, at work; else what a node's type says of it. */
export function StreamLine({ nodeId, children }: { readonly nodeId: string; readonly children: ReactNode }) {
  const line = useLiveRun((live) => {
    const run = live.byNode.get(nodeId);
    if (run === undefined || run.status !== "running") return null;
    const said = lastLine(run.text) ?? ofSteps(live.run.steps.values(), run);
    if (said !== null) return said;
    return run.progress === null ? null : `${run.progress.done} / ${run.progress.total}`;
  });
  return line ?? children;
}

function lastLine(text: string): string | null {
  return text === "" ? null : (text.trimEnd().split("\n").at(-1)?.slice(-MOST) ?? null);
}

/** What the newest step at work of a node run does. */
function ofSteps(steps: Iterable<NodeRunState>, run: NodeRunState): string | null {
  let said: string | null = null;
  for (const step of steps) {
    if (step.nodeId !== run.nodeId || step.status !== "running" || nodePath(step.nodeId, step.path) !== run.path)
      continue;
    said = lastLine(step.text) ?? (step.tool === null ? said : copy.usesTool(step.tool));
  }
  return said;
}
