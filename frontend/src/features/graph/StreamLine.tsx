import type { ReactNode } from "react";
import { useLiveRun } from "@/features/liveRun";

const MOST = 120;

/** The last line of what a model writes, while it writes; else what a node's type says of it. */
export function StreamLine({ nodeId, children }: { readonly nodeId: string; readonly children: ReactNode }) {
  const line = useLiveRun((live) => {
    const run = live.byNode.get(nodeId);
    if (run === undefined || run.status !== "running") return null;
    if (run.text !== "") return run.text.trimEnd().split("\n").at(-1)?.slice(-MOST) ?? null;
    return run.progress === null ? null : `${run.progress.done} / ${run.progress.total}`;
  });
  return line ?? children;
}
