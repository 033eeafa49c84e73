import type { ReactNode } from "react";

interface EmptyStateProps {
  readonly icon?: ReactNode;
  /** One sentence: what will be here. */
  readonly title: string;
  readonly children?: ReactNode;
  /** The one primary action. */
  readonly action?: ReactNode;
}

/** A list or panel that has nothing yet. */
export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-16 text-center">
      {icon ? (
        <div
          aria-hidden="true"
          className="flex size-12 items-center justify-center rounded-dialog bg-raised text-muted"
        >
          {icon}
        </div>
      ) : null}
      <p className="max-w-105 font-medium text-body">{title}</p>
      {children ? <div className="max-w-105 text-muted">{children}</div> : null}
      {action}
    </div>
  );
}
