import { useEffect } from "react";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";
import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { copy } from "./copy";

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
  // A lazy part that is gone: the server has newer files than this page.
  if (error instanceof TypeError && /import|module|fetch/i.test(error.message)) {
    return <EmptyState title={copy.newVersion} action={<ReloadButton />} />;
  }
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

function ReloadButton() {
  return (
    <Button variant="primary" onClick={() => location.reload()}>
      {copy.reload}
    </Button>
  );
}
