import { useSession } from "@/api";
import { Markdown } from "@/ui/Markdown";
import { StatusBadge } from "@/ui/StatusBadge";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import type { HumanTask } from "./queries";
import { TaskContext } from "./TaskContext";

interface GivenAnswerProps {
  readonly task: HumanTask;
  /** An answer was sent from here when there was one already. */
  readonly isTooLate: boolean;
}

/** The answer that a closed task got, from whom and when; or why it got none. */
export function GivenAnswer({ task, isTooLate }: GivenAnswerProps) {
  const { user } = useSession();
  const { response, responded_at: at, responded_by_id: who } = task;
  const by = who === user?.id ? copy.you : (task.responded_by ?? copy.somebody);
  const label = task.options.find((option) => option.value === response?.action)?.label;
  const isRecord = typeof response?.data === "object" && response.data !== null && !Array.isArray(response.data);
  return (
    <div className="flex flex-col gap-3">
      {isTooLate ? (
        <p role="alert" className="rounded-control bg-warn-tint px-3 py-2">
          {who ? copy.tooLate(by) : copy.tooLateClosed}
        </p>
      ) : null}
      <p className="flex flex-wrap items-center gap-2">
        <StatusBadge status={task.status} {...(label ? { label } : {})} />
        {who ? (
          <span>{copy.answeredBy(by)}</span>
        ) : (
          <span className="text-muted">{copy.unanswered[task.status] ?? null}</span>
        )}
        {at ? <Time at={at} isAbsolute /> : null}
      </p>
      {response?.comment ? <Markdown text={response.comment} /> : null}
      {isRecord ? (
        // Checked above: a record by its names.
        <TaskContext title={copy.answer} context={response.data as Readonly<Record<string, unknown>>} />
      ) : typeof response?.data === "string" ? (
        <p className="whitespace-pre-wrap break-words rounded-control bg-raised p-3">{response.data}</p>
      ) : null}
    </div>
  );
}
