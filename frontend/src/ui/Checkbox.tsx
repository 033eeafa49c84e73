import { Check, Minus } from "lucide-react";
import { Checkbox as Primitive } from "radix-ui";
import { type ReactNode, useId } from "react";

interface CheckboxProps {
  readonly checked: boolean | "indeterminate";
  readonly onChange: (checked: boolean) => void;
  /** Words beside it; without them give `aria-label`. */
  readonly label?: ReactNode;
  readonly id?: string;
  readonly disabled?: boolean;
  readonly "aria-label"?: string;
  readonly "aria-describedby"?: string | undefined;
}

export function Checkbox({ checked, onChange, label, id, disabled = false, ...aria }: CheckboxProps) {
  const own = useId();
  const box = (
    <Primitive.Root
      {...aria}
      id={id ?? own}
      checked={checked}
      disabled={disabled}
      onCheckedChange={(next) => onChange(next === true)}
      className="relative flex size-4 shrink-0 items-center justify-center rounded-control border border-control bg-surface transition-colors before:absolute before:-inset-1 data-[state=checked]:border-accent data-[state=indeterminate]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:bg-accent disabled:opacity-50"
    >
      <Primitive.Indicator className="text-on-accent">
        {checked === "indeterminate" ? <Minus size={12} strokeWidth={3} /> : <Check size={12} strokeWidth={3} />}
      </Primitive.Indicator>
    </Primitive.Root>
  );
  if (label === undefined) return box;
  return (
    <div className="flex min-h-6 items-center gap-2">
      {box}
      <label htmlFor={id ?? own}>{label}</label>
    </div>
  );
}
