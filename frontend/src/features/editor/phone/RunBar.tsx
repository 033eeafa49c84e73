import { ExternalLink, Pause, Play, Square } from "lucide-react";
import { Link } from "react-router";
import { useStore } from "zustand";
import { useLostAt } from "@/api";
import { includes } from "@/domain/roles";
import { useLiveRun } from "@/features/liveRun";
import { sharingCopy } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { StatusBadge } from "@/ui/StatusBadge";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { usePausing } from "../queries";

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

interface RunBarProps {
  readonly workflowId: string;
  readonly errors: number;
}

/** Starts a run, pauses and stops it, and says how it goes. */
export function RunBar({ workflowId, errors }: RunBarProps) {
  const { runner, role } = useEditorContext();
  const mayRun = includes(role, "runner");
  const isStarting = useStore(runner.state, (state) => state.isStarting);
  const executionId = useStore(runner.state, (state) => state.executionId);
  const run = useLiveRun((live) => live.run);
  const isAway = useLostAt() !== null;
  const { mutate, isPending } = usePausing(executionId ?? "");
  const isRunning = executionId !== null && !run.isFinal;
  const reason = !mayRun
    ? sharingCopy.why(role, "runner")
    : errors > 0
      ? copy.runBlocked(errors)
      : isAway
        ? copy.runAway
        : null;
  const isPaused = run.status === "paused";
  return (
    <section aria-label={copy.runPanel} className="flex shrink-0 flex-col gap-1.5 border-b px-4 py-2">
      <div className="flex min-h-10 flex-wrap items-center gap-2">
        {isRunning && mayRun ? (
          <>
            <Button icon={<Square {...ICON} />} onClick={runner.stop}>
              {copy.stop}
            </Button>
            <Button
              icon={isPaused ? <Play {...ICON} /> : <Pause {...ICON} />}
              isBusy={isPending}
              onClick={() => mutate(isPaused ? "resume" : "pause")}
            >
              {isPaused ? copy.phone.resume : copy.phone.pause}
            </Button>
          </>
        ) : (
          <Button
            variant="primary"
            icon={<Play {...ICON} />}
            isBusy={isStarting}
            aria-disabled={reason !== null || undefined}
            onClick={() => reason === null && runner.start()}
          >
            {copy.run}
          </Button>
        )}
        {run.status ? <StatusBadge status={run.status} /> : null}
        {isRunning && run.progress.total > 0 ? (
          <span className="text-meta text-muted tabular-nums">
            {copy.progress(run.progress.done, run.progress.total)}
          </span>
        ) : null}
        {executionId ? (
          <Link
            to={`/workflows/${workflowId}/runs/${executionId}`}
            aria-label={copy.openRun}
            className="ml-auto inline-flex size-10 items-center justify-center rounded-control text-accent"
          >
            <ExternalLink {...ICON} />
          </Link>
        ) : null}
      </div>
      {reason ? <p className="text-meta text-muted">{reason}</p> : null}
      {run.waiting ? <p className="text-meta text-muted">{copy.waitsFor(run.waiting.reason)}</p> : null}
      {run.error ? <p className="break-words text-err text-meta">{run.error.message}</p> : null}
    </section>
  );
}
