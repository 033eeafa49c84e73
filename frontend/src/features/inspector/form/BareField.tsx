import { cloneElement, type ReactElement, type ReactNode, useId } from "react";

interface BareFieldProps {
  readonly label: string;
  readonly error?: string;
  readonly action?: ReactNode;
  readonly children: ReactElement<{
    readonly id?: string;
    readonly "aria-describedby"?: string | undefined;
    readonly "aria-invalid"?: boolean | undefined;
  }>;
}

/** The frame of a field whose place says what it is: named for screen readers alone. */
export function BareField({ label, error, action, children }: BareFieldProps) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <div className="flex min-w-0 items-start gap-1">
        <div className="min-w-0 flex-1">
          {cloneElement(children, {
            id,
            "aria-describedby": error ? `${id}-error` : undefined,
            "aria-invalid": error ? true : undefined,
          })}
        </div>
        {action}
      </div>
      {error ? (
        <p id={`${id}-error`} className="text-err text-meta">
          {error}
        </p>
      ) : null}
    </div>
  );
}
