import type { ReactNode } from "react";
import { asProblem } from "@/api";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";

interface LoadedProps<T> {
  /** A query of react-query. */
  readonly query: { readonly data: T | undefined; readonly error: unknown; readonly refetch: () => unknown };
  readonly isCompact?: boolean;
  /** What stands there while it is loading. */
  readonly skeleton?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** What a query brought, or its loading and error states; old data stays while it is asked again. */
export function Loaded<T>({ query, isCompact = true, skeleton, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error)
    return <ErrorState isCompact={isCompact} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />;
  return (
    <div aria-busy="true" className="flex flex-col gap-3">
      {skeleton ?? (
        <>
          <Skeleton className="h-5 w-48 max-w-full" />
          <Skeleton className="h-5 w-80 max-w-full" />
          <Skeleton className="h-5 w-64 max-w-full" />
        </>
      )}
    </div>
  );
}
