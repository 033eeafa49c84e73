import type { ReactNode } from "react";
import { Button } from "./Button";

interface FilterBarProps {
  readonly label?: string;
  /** Shown where something is filtered. */
  readonly onClear?: (() => void) | undefined;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** Search and filters above a list. */
export function FilterBar({ label = "Filters", onClear, actions, children }: FilterBarProps) {
  return (
    <search aria-label={label} className="flex flex-wrap items-center gap-2 px-6 pb-3 max-md:px-4">
      {children}
      {onClear ? (
        <Button variant="ghost" size="small" className="text-muted" onClick={onClear}>
          Clear filters
        </Button>
      ) : null}
      {actions ? <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div> : null}
    </search>
  );
}
