import { ChevronRight } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { pathBack, readTrail } from "@/domain/trail";
import { useWorkflowName } from "@/features/screen";
import { copy } from "../copy";

/** The workflows from which this one was opened as a step, each leading back to the node that calls it. */
export function Trail() {
  const [params] = useSearchParams();
  const trail = readTrail(params.get("via"));
  return trail.map((stop, at) => {
    const path = pathBack(trail, at);
    return <Stop key={path} workflowId={stop.workflowId} path={path} />;
  });
}

function Stop({ workflowId, path }: { readonly workflowId: string; readonly path: string }) {
  const name = useWorkflowName(workflowId);
  return (
    <>
      <Link to={path} className="max-w-40 truncate rounded-control px-1 text-muted hover:text-text">
        {name ?? copy.callingWorkflow}
      </Link>
      <ChevronRight aria-hidden="true" size={16} strokeWidth={1.75} className="shrink-0 text-muted" />
    </>
  );
}
