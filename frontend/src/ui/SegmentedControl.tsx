import { ToggleGroup } from "radix-ui";
import type { KeyboardEvent, ReactNode } from "react";
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

/** Returns the place that a key leads to from another one, or null: it is none of the keys of a group of choices. */
function placeAfter(event: KeyboardEvent, at: number, count: number): number | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return null;
  switch (event.key) {
    case "ArrowRight":
    case "ArrowDown":
      return (at + 1) % count;
    case "ArrowLeft":
    case "ArrowUp":
      return (at - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

/** One of up to four values, all in view. The arrow keys choose, as in any group of radio buttons. */
export function SegmentedControl<T extends string>(props: SegmentedControlProps<T>) {
  const { id, label, value, options, onChange, disabled = false, className, ...aria } = props;
  return (
    <ToggleGroup.Root
      {...aria}
      {...(id ? { id } : {})}
      {...(label ? { "aria-label": label } : {})}
      role="radiogroup"
      type="single"
      value={value ?? ""}
      disabled={disabled}
      onValueChange={(next) => {
        const option = options.find((one) => one.value === next);
        if (option && next !== "") onChange(option.value); // a second click on the chosen one leaves it
      }}
      className={cx("inline-flex h-8 w-fit max-w-full rounded-control bg-raised p-0.5 max-md:h-10", className)}
    >
      {options.map((option, at) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          onKeyDown={(event) => {
            const place = placeAfter(event, at, options.length);
            const next = place === null ? undefined : options[place];
            if (place === null || next === undefined) return;
            event.preventDefault(); // else only the focus goes there
            const button = event.currentTarget.parentElement?.children[place];
            if (button instanceof HTMLElement) button.focus();
            if (next.value !== value) onChange(next.value);
          }}
          className="inline-flex min-w-0 flex-auto items-center justify-center gap-1.5 rounded-control px-2.5 text-muted transition-colors hover:text-text data-[state=on]:bg-surface data-[state=on]:font-medium data-[state=on]:text-text data-[state=on]:shadow-low"
        >
          {option.icon}
          <span className="truncate">{option.label}</span>
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
