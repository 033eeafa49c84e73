import type { ReactNode } from "react";
import type { WorkflowNode } from "@/domain/definition";
import { planRerun, type RerunStart } from "@/domain/rerun";
import { useCatalogue } from "@/features/catalogue";
import { useLiveRun } from "@/features/liveRun";
import { Skeleton } from "@/ui/Skeleton";
import { copy } from "../copy";
import type { RunDetail } from "../queries";
import { useRanDefinition } from "./queries";

interface RerunPlanViewProps {
  readonly run: RunDetail;
  readonly start: RerunStart;
  /** Of another version nobody knows before it is compiled what can be reused. */
  readonly isSameVersion: boolean;
}

const MOST_NAMES = 12;

/** Which nodes are reused, which run, and by name those that write again. */
export function RerunPlanView({ run, start, isSameVersion }: RerunPlanViewProps) {
  const definition = useRanDefinition(run.id);
  const catalogue = useCatalogue();
  const states = useLiveRun((live) => live.run.runs);
  if (!definition.data || !catalogue.data) return <Skeleton className="h-24" />;
  const effects = new Map(run.node_runs.map((one) => [one.node_id, one.effect]));
  const past = [...states.values()].map(({ nodeId, path, status }) => {
    const effect = effects.get(nodeId);
    return { nodeId, path, status, ...(effect ? { effect } : {}) };
  });
  const plan = planRerun(definition.data, catalogue.data, past, run.trigger_node_id, start);
  return (
    <div className="flex flex-col gap-2 rounded-control border p-3">
      <Line title={copy.planReused(plan.reused.length)}>{names(plan.reused)}</Line>
      <Line title={copy.planAgain(plan.again.length)}>{names(plan.again)}</Line>
      {plan.repeatedWrites.length > 0 ? (
        <div role="alert" className="rounded-control bg-warn-tint px-3 py-2">
          <p className="font-medium">{copy.planWrites(plan.repeatedWrites.length)}</p>
          <p className="break-words">{names(plan.repeatedWrites)}</p>
        </div>
      ) : null}
      {isSameVersion ? null : <p className="text-meta text-muted">{copy.planOther}</p>}
    </div>
  );
}

function names(nodes: readonly WorkflowNode[]): string {
  const shown = nodes.slice(0, MOST_NAMES).map((node) => node.data.label || node.id);
  const left = nodes.length - shown.length;
  return left > 0 ? `${shown.join(", ")} ${copy.andMore(left)}` : shown.join(", ");
}

function Line({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div>
      <p className="font-medium">{title}</p>
      <p className="break-words text-muted">{children || copy.none}</p>
    </div>
  );
}
