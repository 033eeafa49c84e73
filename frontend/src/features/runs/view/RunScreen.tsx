import { useCallback, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { useStore } from "zustand";
import { RunStoreContext } from "@/features/liveRun";
import { ScreenProblem } from "@/features/screen";
import { Skeleton } from "@/ui/Skeleton";
import { copy } from "../copy";
import { useRun } from "../queries";
import { type Choice, choiceOf } from "./choice";
import { NodePanel } from "./NodePanel";
import { RerunDialog } from "./RerunDialog";
import { RunCanvas } from "./RunCanvas";
import { RunHeader } from "./RunHeader";
import { RunNotes } from "./RunNotes";
import { RunPanels } from "./RunPanels";
import { SidePanel } from "./SidePanel";
import { useFollowedRun } from "./useFollowedRun";
import { useShownRound } from "./useShownRound";

/** One run: what happened on the canvas, in time and in the data; the address says what is looked at. */
export function RunScreen() {
  const { run: id = "" } = useParams();
  // Another run is another screen: nothing of the one before may show through.
  return <OneRun key={id} id={id} />;
}

function OneRun({ id }: { readonly id: string }) {
  const [params, setParams] = useSearchParams();
  const { data: run, error, refetch } = useRun(id);
  const store = useFollowedRun(id);
  const live = useStore(store, (state) => state.run);
  const [isRerunning, setIsRerunning] = useState(false);
  const choice = choiceOf(live, params);
  const shown = useShownRound(store, choice?.path ?? "");
  const rerun = useCallback(() => setIsRerunning(true), []);
  if (error && !run) {
    return <ScreenProblem error={error} back={{ to: "/runs", label: copy.allRuns }} onRetry={() => void refetch()} />;
  }
  if (!run) return <Skeleton className="m-6 h-64" />;
  const choose = (next: Choice | null) =>
    setParams(next ? { node: next.nodeId, ...(next.path ? { path: next.path } : {}) } : {}, { replace: true });
  const chooseNode = (nodeId: string | null) => setParams(nodeId ? { node: nodeId } : {}, { replace: true });
  return (
    <RunStoreContext value={store}>
      <title>{`${run.workflow_name} · ${copy.product}`}</title>
      <div className="flex h-full min-h-0 flex-col max-md:h-auto">
        <RunHeader run={run} choice={choice} onRerun={rerun} />
        <RunNotes run={run} onChoose={choose} />
        {/* On a tablet the canvas has the whole width, and the panels stand side by side below it. */}
        <div className="flex min-h-0 flex-1 border-t max-md:flex-col md:max-lg:grid md:max-lg:grid-cols-[minmax(0,1fr)_auto_auto] md:max-lg:grid-rows-[minmax(0,1fr)_auto_auto]">
          <div className="flex min-w-0 flex-1 flex-col md:max-lg:contents">
            <div className="min-h-0 flex-1 max-md:hidden md:max-lg:col-span-full">
              <RunStoreContext value={shown}>
                <RunCanvas id={id} chosen={choice?.nodeId ?? null} onChoose={chooseNode} />
              </RunStoreContext>
            </div>
            <RunPanels id={id} run={live} choice={choice} onChoose={choose} />
          </div>
          <SidePanel isEmpty={choice === null}>
            {choice ? (
              <NodePanel key={choice.nodeId} run={run} choice={choice} onChoose={choose} onRerun={rerun} />
            ) : (
              <p className="p-6 text-center text-muted">{copy.chooseNode}</p>
            )}
          </SidePanel>
        </div>
      </div>
      {isRerunning ? <RerunDialog run={run} choice={choice} onClose={() => setIsRerunning(false)} /> : null}
    </RunStoreContext>
  );
}
