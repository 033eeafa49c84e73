import type { ReactNode } from "react";
import { Link } from "react-router";
import { isFinalStatus } from "@/domain/rerun";
import { nodePath } from "@/domain/runState";
import { useLiveRun } from "@/features/liveRun";
import { Time } from "@/ui/Time";
import { useLasting } from "@/ui/useLasting";
import { copy } from "../copy";
import { type RunDetail, useWhy } from "../queries";
import { runPath } from "../runPath";
import type { Choice } from "./choice";

interface RunNotesProps {
  readonly run: RunDetail;
  readonly onChoose: (choice: Choice) => void;
}

/** Shorter cuts are nobody's business. */
const PATIENCE_MS = 5000;

/** What is to know before looking at the nodes: which version ran, why it failed, or why it does not go on. */
export function RunNotes({ run, onChoose }: RunNotesProps) {
  const status = useLiveRun((live) => live.run.status) ?? run.status;
  const sequence = useLiveRun((live) => (live.run.status === "running" ? 0 : live.run.seq));
  const error = useLiveRun((live) => live.run.error) ?? run.error;
  const isLost = useLasting(
    useLiveRun((live) => live.lostAt),
    PATIENCE_MS,
  );
  const why = useWhy(run.id, sequence, ["pending", "waiting", "paused"].includes(status));
  const named = error?.node_id;
  return (
    <div className="flex shrink-0 flex-col gap-1.5 px-4 pb-2 empty:hidden">
      <p className="flex flex-wrap gap-x-2 text-meta text-muted">
        <span>{run.version === null ? copy.ranDraft : copy.ranVersion(run.version)}</span>
        {run.retry_of_id ? (
          <Link className="text-accent hover:underline" to={runPath({ ...run, id: run.retry_of_id })}>
            {copy.rerunOf}
          </Link>
        ) : null}
        {run.parent_execution_id ? (
          <Link
            className="text-accent hover:underline"
            to={runPath({ id: run.parent_execution_id, workflow_id: null })}
          >
            {copy.parentRun}
          </Link>
        ) : null}
        {isLost && !isFinalStatus(status) ? <span className="text-warn">{copy.streamLost}</span> : null}
      </p>
      {error && isFinalStatus(status) ? (
        <Note tone="bg-err-tint" role="alert">
          {named ? (
            <button
              type="button"
              className="font-medium underline"
              onClick={() => onChoose({ nodeId: named, path: nodePath(named, error.path ?? "") })}
            >
              {copy.failedAt(error.node_label ?? named)}
            </button>
          ) : null}{" "}
          <span className="whitespace-pre-wrap break-words">{error.message}</span>
        </Note>
      ) : null}
      {isFinalStatus(status)
        ? null
        : why.data?.reasons
            .filter((reason) => reason.code !== "running" && reason.code !== "finished")
            .map((reason) => (
              <Note key={`${reason.code}${reason.node_id}`} tone="bg-wait-tint">
                {reason.message}{" "}
                {reason.until ? (
                  <span className="text-muted">
                    {copy.until} <Time at={reason.until} />{" "}
                  </span>
                ) : null}
                {reason.human_task_id ? (
                  <Link className="text-accent underline" to={`/inbox/${encodeURIComponent(reason.human_task_id)}`}>
                    {copy.answerTask}
                  </Link>
                ) : null}
              </Note>
            ))}
    </div>
  );
}

interface NoteProps {
  readonly tone: string;
  readonly role?: "alert";
  readonly children: ReactNode;
}

function Note({ tone, role, children }: NoteProps) {
  return (
    <div {...(role ? { role } : {})} className={`rounded-control px-3 py-1.5 ${tone}`}>
      {children}
    </div>
  );
}
