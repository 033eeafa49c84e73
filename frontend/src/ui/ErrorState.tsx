import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";
import { copy } from "./copy";

/** What a failed call says; `ProblemError` of `api` is one. */
export interface ProblemLike {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly request_id?: string | null;
}

interface ErrorStateProps {
  readonly problem: ProblemLike;
  readonly onRetry?: () => void;
  readonly isCompact?: boolean;
  /** What else can be done: the way back from a screen that there is none of, for example. */
  readonly action?: ReactNode;
  /** Said below the server's words. */
  readonly advice?: string | undefined;
}

/** A list or panel that could not be loaded, in the server's words. */
export function ErrorState({ problem, onRetry, isCompact = false, action, advice }: ErrorStateProps) {
  const isMissing = problem.status === 404;
  return (
    <div
      role="alert"
      className={isCompact ? "flex flex-col gap-2 p-4" : "flex flex-col items-center gap-3 px-6 py-16 text-center"}
    >
      <p className="flex items-center gap-2 font-medium text-body">
        <CircleAlert aria-hidden="true" size={20} strokeWidth={1.75} className="shrink-0 text-err" />
        {isMissing ? copy.missing : problem.title}
      </p>
      {problem.detail && !isMissing ? <p className="max-w-120 break-words text-muted">{problem.detail}</p> : null}
      {advice ? <p className="max-w-120 break-words text-muted">{advice}</p> : null}
      <div className="flex flex-wrap items-center justify-center gap-2">
        {action}
        {onRetry && !isMissing ? <Button onClick={onRetry}>{copy.again}</Button> : null}
        {problem.request_id ? <CopyButton text={problem.request_id} label={copy.copyRequestId} hasText /> : null}
      </div>
    </div>
  );
}
