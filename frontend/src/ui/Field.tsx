import { CircleAlert } from "lucide-react";
import { cloneElement, type ReactElement, type ReactNode, useId } from "react";

interface ControlProps {
  readonly id?: string;
  readonly "aria-describedby"?: string | undefined;
  readonly "aria-invalid"?: boolean | undefined;
  readonly "aria-required"?: boolean | undefined;
}

interface FieldProps {
  /** By which it is found on the page. */
  readonly path?: string | undefined;
  readonly label: ReactNode;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
  readonly isRequired?: boolean;
  /** Beside the label: a button that turns the field into an expression, for example. */
  readonly action?: ReactNode;
  /** One control; it gets the id and the descriptions. */
  readonly children: ReactElement<ControlProps>;
}

/** A control with its label, help and error, joined for screen readers. */
export function Field({ path, label, help, error, isRequired = false, action, children }: FieldProps) {
  const own = useId();
  const id = children.props.id ?? own;
  const described = [error ? `${id}-error` : "", help ? `${id}-help` : ""].filter(Boolean).join(" ");
  return (
    <div data-field={path} className="flex min-w-0 flex-col gap-1">
      <div className="flex min-h-5 items-center justify-between gap-2">
        <label htmlFor={id} className="font-medium text-ui">
          {label}
          {isRequired ? (
            <span aria-hidden="true" className="ml-0.5 text-err">
              *
            </span>
          ) : null}
        </label>
        {action}
      </div>
      {cloneElement(children, {
        id,
        "aria-describedby": described || undefined,
        "aria-invalid": error ? true : undefined,
        "aria-required": isRequired || undefined,
      })}
      {error ? (
        <p id={`${id}-error`} className="flex items-start gap-1 text-err text-meta">
          <CircleAlert aria-hidden="true" size={14} strokeWidth={1.75} className="mt-px shrink-0" />
          <span className="min-w-0 break-words">{error}</span>
        </p>
      ) : null}
      {help ? (
        <p id={`${id}-help`} className="text-meta text-muted">
          {help}
        </p>
      ) : null}
    </div>
  );
}
