import { Zap } from "lucide-react";
import { Link, useParams } from "react-router";
import { Loaded, WorkflowFrame } from "@/features/screen";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import { copy } from "./copy";
import { useNodeLabels, useTriggers } from "./queries";
import { TriggerCard } from "./TriggerCard";

/** What starts a workflow: addresses, schedules, what is watched. */
export function TriggersScreen() {
  const { workflowId = "" } = useParams();
  const triggers = useTriggers(workflowId);
  const labels = useNodeLabels(workflowId);
  return (
    <WorkflowFrame workflowId={workflowId} title={copy.title} description={copy.text}>
      <div className="flex max-w-240 flex-col gap-4 px-6 pb-8 max-md:px-4">
        <Loaded query={triggers} isCompact={false} skeleton={<Skeleton className="h-40" />}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState
                icon={<Zap size={24} />}
                title={copy.empty}
                action={
                  <Button variant="primary" asChild>
                    <Link to={`/workflows/${encodeURIComponent(workflowId)}`}>{copy.openEditor}</Link>
                  </Button>
                }
              />
            ) : (
              rows.map((trigger) => (
                <TriggerCard
                  key={trigger.node_id}
                  workflowId={workflowId}
                  trigger={trigger}
                  label={labels.data?.get(trigger.node_id)}
                />
              ))
            )
          }
        </Loaded>
      </div>
    </WorkflowFrame>
  );
}
