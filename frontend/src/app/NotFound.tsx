import { Link } from "react-router";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { copy } from "./copy";

export function NotFound() {
  return (
    <>
      <title>{`${copy.notFound} · ${copy.product}`}</title>
      <EmptyState
        title={copy.notFound}
        action={
          <Button asChild variant="primary">
            <Link to="/">{copy.toStart}</Link>
          </Button>
        }
      />
    </>
  );
}
