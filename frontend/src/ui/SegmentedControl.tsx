import { ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "./cx";

interface SegmentedControlProps<T extends string> {
  readonly id?: string;
  readonly label?: string;
  readonly value: T | undefined;
  readonly options: readonly { readonly value: T; readonly label: string; readonly icon?: ReactNode }[];
  readonly onChange: (value: T) => void;
  readonly disabled?: boolean;
  readonly className?: string;
  readonly "aria-describedby"?: string | undefined;
}

/** One of up to four values, all in view. */
export function SegmentedControl<T extends string>(props: SegmentedControlProps<T>) {
  const { id, label, value, options, onChange, disabled = false, className, ...aria } = props;
  return (
    <ToggleGroup.Root
      {...aria}
      {...(id ? { id } : {})}
      {...(label ? { "aria-label": label } : {})}
      type="single"
      value={value ?? ""}
      disabled={disabled}
      onValueChange={(next) => {
        const option = options.find((one) => one.value === next);
        if (option && next !== "") onChange(option.value); // a second click on the chosen one leaves it
      }}
      className={cx("inline-flex h-8 w-fit max-w-full rounded-control bg-raised p-0.5 max-md:h-10", className)}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          className="inline-flex min-w-0 flex-auto items-center justify-center gap-1.5 rounded-control px-2.5 text-muted transition-colors hover:text-text data-[state=on]:bg-surface data-[state=on]:font-medium data-[state=on]:text-text data-[state=on]:shadow-low"
        >
          {option.icon}
          <span className="truncate">{option.label}</span>
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
