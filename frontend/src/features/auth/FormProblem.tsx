import { CircleAlert } from "lucide-react";
import type { ProblemError } from "@/api";

/** What is wrong with a form as a whole; what is wrong with one field stands under it. */
export function FormProblem({ problem }: { readonly problem: ProblemError | null }) {
  const isWhole = problem !== null && (problem.errors.length === 0 || problem.errors.some((one) => one.field === ""));
  return (
    <div role="alert">
      {isWhole ? (
        <p className="flex items-start gap-2 rounded-control bg-err-tint px-3 py-2">
          <CircleAlert aria-hidden="true" size={16} strokeWidth={1.75} className="mt-0.5 shrink-0 text-err" />
          <span className="min-w-0 break-words">{problem.messageOf("") ?? (problem.detail || problem.title)}</span>
        </p>
      ) : null}
    </div>
  );
}
