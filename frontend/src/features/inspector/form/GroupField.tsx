import { CircleAlert } from "lucide-react";
import type { ReactElement, ReactNode } from "react";

interface GroupFieldProps {
  readonly label: ReactNode;
  readonly help?: ReactNode;
  readonly error?: string;
  readonly isRequired?: boolean;
  readonly action?: ReactNode;
  readonly children: ReactElement;
}

/** The frame of a control with many parts; these have labels of their own. */
export function GroupField({ label, help, error, isRequired = false, action, children }: GroupFieldProps) {
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <div className="flex min-h-5 items-center justify-between gap-2">
        <span className="font-medium text-ui">
          {label}
          {isRequired ? (
            <span aria-hidden="true" className="ml-0.5 text-err">
              *
            </span>
          ) : null}
        </span>
        {action}
      </div>
      {help ? <p className="text-meta text-muted">{help}</p> : null}
      {children}
      {error ? (
        <p role="alert" className="flex items-start gap-1 text-err text-meta">
          <CircleAlert aria-hidden="true" size={14} strokeWidth={1.75} className="mt-px shrink-0" />
          <span className="min-w-0 break-words">{error}</span>
        </p>
      ) : null}
    </div>
  );
}
