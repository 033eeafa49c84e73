import { Link } from "react-router";
import { asProblem, type ProblemError } from "@/api";
import { Button } from "@/ui/Button";
import { ErrorState } from "@/ui/ErrorState";
import { copy } from "./copy";

interface ScreenProblemProps {
  readonly error: unknown;
  readonly onRetry: () => void;
  /** The list that what was not found would stand in. */
  readonly back: { readonly to: string; readonly label: string };
}

/** Returns whom a person without the right can ask. */
function adviceOf({ status, code, extra }: ProblemError): string | undefined {
  if (status !== 403) return undefined;
  if (code === "role_required" && typeof extra.role === "string") return copy.askForRole(extra.role);
  return copy.askStaff;
}

/** A screen that could not be loaded: what failed, whom to ask where a right is missing, and the way back. */
export function ScreenProblem({ error, onRetry, back }: ScreenProblemProps) {
  const problem = asProblem(error);
  const isShut = problem.status === 404 || problem.status === 403;
  const title = problem.status === 404 ? copy.notFound : problem.title;
  return (
    <>
      <title>{`${title} · ${copy.product}`}</title>
      <h1 className="sr-only">{title}</h1>
      <ErrorState
        problem={problem}
        advice={adviceOf(problem)}
        {...(isShut ? {} : { onRetry })}
        action={
          isShut ? (
            <Button asChild variant="primary">
              <Link to={back.to}>{back.label}</Link>
            </Button>
          ) : null
        }
      />
    </>
  );
}
