import { Switch as Primitive } from "radix-ui";
import { type ReactNode, useId } from "react";
import { Tooltip } from "./Tooltip";

interface SwitchProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly label?: ReactNode;
  readonly id?: string;
  readonly disabled?: boolean;
  /** Why it cannot be switched: it is dimmed, stays reachable, and says so. */
  readonly refusal?: string | null | undefined;
  readonly "aria-label"?: string;
  readonly "aria-describedby"?: string | undefined;
}

/** On or off, at once. */
export function Switch({ checked, onChange, label, id, disabled = false, refusal, ...aria }: SwitchProps) {
  const own = useId();
  const button = (
    <Primitive.Root
      {...aria}
      id={id ?? own}
      checked={checked}
      disabled={disabled}
      {...(refusal ? { "aria-disabled": true } : { onCheckedChange: onChange })}
      className="aria-disabled:cursor-not-allowed aria-disabled:opacity-50 relative h-5 w-9 shrink-0 rounded-full border border-control bg-raised transition-colors before:absolute before:-inset-1 data-[state=checked]:border-accent data-[state=checked]:bg-accent disabled:opacity-50"
    >
      <Primitive.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-control transition-transform data-[state=checked]:translate-x-4.5 data-[state=checked]:bg-on-accent" />
    </Primitive.Root>
  );
  // What has a tooltip says by its state whether that is open: not the switch itself, whose state is on or off.
  const lever = refusal ? (
    <Tooltip content={refusal}>
      <span className="inline-flex">{button}</span>
    </Tooltip>
  ) : (
    button
  );
  if (label === undefined) return lever;
  return (
    <div className="flex min-h-6 items-center gap-2.5">
      {lever}
      <label htmlFor={id ?? own}>{label}</label>
    </div>
  );
}
