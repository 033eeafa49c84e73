import { useCallback, useState } from "react";
import { Link } from "react-router";
import { isFinalStatus } from "@/domain/rerun";
import { useLiveRun } from "@/features/liveRun";
import { useRefusal } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Duration } from "@/ui/Duration";
import { StatusBadge } from "@/ui/StatusBadge";
import { Time } from "@/ui/Time";
import { copy } from "../copy";
import { type RunDetail, useControl } from "../queries";
import type { Choice } from "./choice";
import { useRunKeys } from "./useRunKeys";

interface RunHeaderProps {
  readonly run: RunDetail;
  readonly choice: Choice | null;
  readonly onRerun: () => void;
}

/** The head of a run: its state, and what can be done with it. */
export function RunHeader({ run, choice, onRerun }: RunHeaderProps) {
  const [isStopping, setIsStopping] = useState(false);
  const { mutate, isPending } = useControl(run.id);
  const status = useLiveRun((live) => live.run.status) ?? run.status;
  const progress = useLiveRun((live) => live.run.progress);
  const duration = useLiveRun((live) => live.run.durationMs);
  const isOver = isFinalStatus(status);
  const stop = useCallback(() => setIsStopping(true), []);
  const refusal = useRefusal(run.workflow_id)("runner");
  useRunKeys({ canStop: !isOver && !refusal, canRerun: isOver && !refusal, onStop: stop, onRerun });
  const canResume = status === "paused" || run.pause_requested;
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <div className="min-w-0 flex-1 max-md:basis-full">
        <h1 className="flex min-w-0 items-center gap-1.5 text-panel">
          <Link className="shrink-0 text-muted hover:underline" to="/runs">
            {copy.title}
          </Link>
          <span className="text-muted">/</span>
          <span className="truncate font-semibold">{run.workflow_name}</span>
        </h1>
        <p className="flex flex-wrap items-center gap-x-2 text-muted">
          <Time at={run.started_at ?? run.created_at} />
          <span>·</span>
          <Duration ms={isOver ? (duration ?? run.duration_ms) : null} since={isOver ? null : run.started_at} />
          <span>·</span>
          <span>{copy.triggers[run.trigger]}</span>
          {Number(run.cost_usd) > 0 ? <span>{`· $${Number(run.cost_usd).toFixed(4)}`}</span> : null}
        </p>
      </div>
      <span className="flex items-center gap-2" role="status">
        {isOver || progress.total === 0 ? null : (
          <span className="text-muted tabular-nums">{copy.progressText(progress.done, progress.total)}</span>
        )}
        <StatusBadge status={status} />
      </span>
      <div className="flex flex-wrap items-center gap-2">
        {run.workflow_id ? (
          <Link
            className="inline-flex h-8 items-center rounded-control px-2 text-muted hover:bg-raised hover:text-text"
            to={`/workflows/${encodeURIComponent(run.workflow_id)}${choice ? `?node=${encodeURIComponent(choice.nodeId)}` : ""}`}
          >
            {copy.openDraft}
          </Link>
        ) : null}
        {isOver ? null : (
          <>
            <Button refusal={refusal} disabled={isPending} onClick={() => mutate(canResume ? "resume" : "pause")}>
              {canResume ? copy.resume : copy.pause}
            </Button>
            <Button variant="danger" refusal={refusal} disabled={isPending} onClick={stop}>
              {copy.stop}
            </Button>
          </>
        )}
        {isOver ? (
          <Button variant="primary" refusal={refusal} onClick={onRerun}>
            {copy.rerunMany}
          </Button>
        ) : null}
      </div>
      <ConfirmDialog
        isOpen={isStopping}
        title={copy.stopTitle}
        consequence={copy.stopText}
        confirmLabel={copy.stop}
        isBusy={isPending}
        onConfirm={() => mutate("stop", { onSettled: () => setIsStopping(false) })}
        onClose={() => setIsStopping(false)}
      />
    </header>
  );
}
