import { useEffect } from "react";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";
import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { copy } from "./copy";
import { isMissingPart, MissingPart } from "./MissingPart";
import { ReloadButton } from "./ReloadButton";

/** What stands in place of a screen that failed; the shell around it goes on. */
export function ErrorBoundary() {
  const error = useRouteError();
  useEffect(() => {
    if (!isRouteErrorResponse(error)) reportError(error);
  }, [error]);
  if (isRouteErrorResponse(error) && error.status === 404) {
    return (
      <EmptyState
        title={copy.notFound}
        action={
          <Button asChild variant="primary">
            <Link to="/">{copy.toStart}</Link>
          </Button>
        }
      />
    );
  }
  if (isMissingPart(error)) return <MissingPart />;
  const problem = asProblem(error);
  return (
    <div className="flex flex-col items-center">
      <ErrorState
        problem={
          problem.status === 0 ? { ...problem, status: 0, title: copy.crashed, detail: problem.detail } : problem
        }
      />
      <ReloadButton />
    </div>
  );
}
