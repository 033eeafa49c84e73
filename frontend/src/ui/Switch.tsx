import { Switch as Primitive } from "radix-ui";
import { type ReactNode, useId } from "react";

interface SwitchProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly label?: ReactNode;
  readonly id?: string;
  readonly disabled?: boolean;
  readonly "aria-label"?: string;
  readonly "aria-describedby"?: string | undefined;
}

/** On or off, at once. */
export function Switch({ checked, onChange, label, id, disabled = false, ...aria }: SwitchProps) {
  const own = useId();
  const lever = (
    <Primitive.Root
      {...aria}
      id={id ?? own}
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
      className="relative h-5 w-9 shrink-0 rounded-full border border-control bg-raised transition-colors before:absolute before:-inset-1 data-[state=checked]:border-accent data-[state=checked]:bg-accent disabled:opacity-50"
    >
      <Primitive.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-control transition-transform data-[state=checked]:translate-x-4.5 data-[state=checked]:bg-on-accent" />
    </Primitive.Root>
  );
  if (label === undefined) return lever;
  return (
    <div className="flex min-h-6 items-center gap-2.5">
      {lever}
      <label htmlFor={id ?? own}>{label}</label>
    </div>
  );
}
