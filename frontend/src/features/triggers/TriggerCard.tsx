import { CircleAlert } from "lucide-react";
import { Link } from "react-router";
import { useCatalogue } from "@/features/catalogue";
import { Icon } from "@/ui/Icon";
import { Addresses } from "./Addresses";
import { copy } from "./copy";
import { LookPanel } from "./LookPanel";
import type { Trigger } from "./queries";
import { RegistrationPanel } from "./RegistrationPanel";
import { SchedulePanel } from "./SchedulePanel";
import { TriggerState } from "./TriggerState";

interface TriggerCardProps {
  readonly workflowId: string;
  readonly trigger: Trigger;
  readonly label: string | undefined;
}

/** One trigger, with what its sort can do: be called, be told of, be due, look. */
export function TriggerCard({ workflowId, trigger, label }: TriggerCardProps) {
  const { node_id, kind, armed, active, changed, error, schedule_id, next_run_at } = trigger;
  const catalogue = useCatalogue();
  const type = catalogue.data?.find(kind, undefined);
  return (
    <section aria-label={label ?? node_id} className="min-w-0 rounded-node border bg-surface">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3">
        <span className="flex size-8 shrink-0 items-center justify-center rounded-node bg-raised text-[var(--category-trigger)]">
          <Icon name={type?.icon} size={16} />
        </span>
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold text-body">
            <Link
              className="hover:underline"
              to={`/workflows/${encodeURIComponent(workflowId)}?node=${encodeURIComponent(node_id)}`}
            >
              {label || node_id}
            </Link>
          </h2>
          <p className="text-meta text-muted">{type?.label ?? kind}</p>
        </div>
        <TriggerState trigger={trigger} />
      </header>
      {trigger.removed ? <p className="px-4 pb-3 text-muted">{copy.removedText}</p> : null}
      {active && changed && !trigger.removed ? <p className="px-4 pb-3 text-muted">{copy.changedText}</p> : null}
      {error ? (
        <p role="alert" className="mx-4 mb-3 flex items-start gap-2 rounded-control bg-err-tint px-3 py-2">
          <CircleAlert aria-hidden="true" size={16} className="mt-0.5 shrink-0 text-err" />
          <span className="min-w-0 break-words">
            {copy.problem}: {error}
          </span>
        </p>
      ) : null}
      {armed === "webhook" ? (
        <div className="border-t px-4 py-3">
          <Addresses workflowId={workflowId} trigger={trigger} />
        </div>
      ) : null}
      {armed === "push" ? (
        <div className="border-t px-4 py-3">
          <RegistrationPanel workflowId={workflowId} trigger={trigger} />
        </div>
      ) : null}
      {schedule_id ? <SchedulePanel id={schedule_id} /> : null}
      {armed === "poll" ? <LookPanel workflowId={workflowId} nodeId={node_id} nextLookAt={next_run_at} /> : null}
    </section>
  );
}
