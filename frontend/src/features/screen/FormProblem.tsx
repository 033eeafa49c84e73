import { CircleAlert } from "lucide-react";
import type { ProblemError } from "@/api";

interface FormProblemProps {
  readonly problem: ProblemError | null;
  /** Fields that show their own problems. */
  readonly fields?: readonly string[];
}

/** What is wrong with a form as a whole, and with fields that are not on it. */
export function FormProblem({ problem, fields = [] }: FormProblemProps) {
  const others = problem?.errors.filter((one) => !fields.includes(one.field)) ?? [];
  const texts =
    problem === null
      ? []
      : problem.errors.length === 0
        ? [problem.detail || problem.title]
        : others.map((one) => (one.field ? `${one.field}: ${one.message}` : one.message));
  return (
    <div role="alert" className="empty:hidden">
      {texts.length > 0 ? (
        <p className="flex items-start gap-2 rounded-control bg-err-tint px-3 py-2">
          <CircleAlert aria-hidden="true" size={16} strokeWidth={1.75} className="mt-0.5 shrink-0 text-err" />
          <span className="min-w-0 break-words">{texts.join(" ")}</span>
        </p>
      ) : null}
    </div>
  );
}
