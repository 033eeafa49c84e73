import { CircleAlert, TriangleAlert } from "lucide-react";
import { copy } from "./copy";
import { useGraph } from "./graphStore";

/** Whether the compiler has something to say of a node. */
export function NodeProblem({ nodeId }: { readonly nodeId: string }) {
  const problems = useGraph((state) => state.problems.get(nodeId));
  if (problems === undefined) return null;
  const { errors, warnings } = problems;
  const Icon = errors > 0 ? CircleAlert : TriangleAlert;
  return (
    <span className="graph-problem" data-severity={errors > 0 ? "error" : "warning"}>
      <Icon aria-hidden="true" size={14} strokeWidth={2} />
      <span className="sr-only">{copy.problems(errors, warnings)}</span>
    </span>
  );
}
