import { Link } from "react-router";
import { useWorkflowName } from "./useWorkflowName";

interface WorkflowLinkProps {
  readonly id: string;
  /** The part of its address behind the workflow: a node, for example. */
  readonly search?: string;
}

/** A workflow by name; one that is gone, or somebody else's, by its id. */
export function WorkflowLink({ id, search = "" }: WorkflowLinkProps) {
  const name = useWorkflowName(id);
  if (name === null) return <span className="font-mono text-meta text-muted">{id}</span>;
  return (
    <Link className="font-medium hover:underline" to={{ pathname: `/workflows/${encodeURIComponent(id)}`, search }}>
      {name ?? "…"}
    </Link>
  );
}
