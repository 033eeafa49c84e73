import { asProblem } from "@/api";
import type { NodeRunState } from "@/domain/runState";
import { useNodeRuns } from "@/features/detail";
import { useLiveRun } from "@/features/liveRun";
import { ErrorState } from "@/ui/ErrorState";
import { JsonTree } from "@/ui/JsonTree";
import { Skeleton } from "@/ui/Skeleton";
import { copy } from "../copy";

/** What the selected node gave in its last turn of this run, by output. */
export function RunOutput({ nodeId }: { readonly nodeId: string | null }) {
  const executionId = useLiveRun((live) => live.run.executionId);
  const state = useLiveRun((live) => (nodeId === null ? undefined : live.byNode.get(nodeId)));
  if (nodeId === null) return <p className="p-3 text-muted">{copy.selectForOutput}</p>;
  if (state === undefined) return <p className="p-3 text-muted">{copy.notRun}</p>;
  return <LastTurn key={nodeId} executionId={executionId} state={state} />;
}

function LastTurn({ executionId, state }: { readonly executionId: string | null; readonly state: NodeRunState }) {
  // Asked once the turn is over: until then there is nothing to read.
  const isOver = state.finishedAt !== null || !["running", "retrying", "waiting"].includes(state.status);
  const { data, error, refetch } = useNodeRuns(isOver ? executionId : null, state.nodeId);
  if (!isOver) return <p className="p-3 text-muted">{copy.noOutputYet}</p>;
  if (error) return <ErrorState isCompact problem={asProblem(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="m-3 h-20" />;
  const turn = data.find((one) => one.id === state.nodeRunId) ?? data.findLast((one) => one.path === state.path);
  const outputs = Object.entries(turn?.outputs ?? {});
  if (turn?.error) return <p className="whitespace-pre-wrap break-words p-3 text-err">{turn.error.message}</p>;
  if (outputs.length === 0) return <p className="p-3 text-muted">{copy.noOutput}</p>;
  const items = outputs.map(([handle, list]) => [handle, list.map((item) => item.json)] as const);
  const [only] = items;
  const value = items.length === 1 && only?.[0] === "main" ? only[1] : Object.fromEntries(items);
  return <JsonTree className="h-full" label={copy.output} value={value} />;
}
