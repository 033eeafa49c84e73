import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { isReachable, onReconnect } from "@/api";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { copy } from "./copy";
import { ReloadButton } from "./ReloadButton";

/** Tells whether a script or style of a screen did not come: browsers name the first, Vite's loader the second. */
export function isMissingPart(error: unknown): boolean {
  if (error instanceof TypeError) return /import|module|fetch/i.test(error.message);
  return error instanceof Error && error.message.startsWith("Unable to preload");
}

/**
 * A part of the page that did not come. Where the server answers, it has newer files than this page; else to reload would
 * leave nothing on the screen.
 */
export function MissingPart({ onRetry }: { readonly onRetry?: () => void }) {
  const reachable = useQuery({ queryKey: ["reachable"], queryFn: isReachable, retry: false, gcTime: 0 });
  useEffect(() => onRetry && onReconnect(onRetry), [onRetry]);
  if (reachable.data === undefined) return null;
  if (reachable.data) return <EmptyState title={copy.newVersion} action={<ReloadButton />} />;
  return (
    <EmptyState
      title={copy.partAway}
      action={
        <Button variant="primary" isBusy={reachable.isFetching} onClick={onRetry ?? (() => void reachable.refetch())}>
          {copy.tryAgain}
        </Button>
      }
    />
  );
}
