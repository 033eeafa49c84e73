import { Check, ChevronDown } from "lucide-react";
import { Select as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { controlClass } from "./controlClass";
import { cx } from "./cx";
import { menuClass, menuItemClass } from "./menuClass";
import { nonce } from "./nonce";

export interface SelectOption<T extends string = string> {
  readonly value: T;
  readonly label: string;
  readonly icon?: ReactNode;
  readonly disabled?: boolean;
}

export interface SelectProps<T extends string> {
  readonly id?: string;
  readonly value: T | undefined;
  readonly options: readonly SelectOption<T>[];
  readonly onChange: (value: T) => void;
  readonly placeholder?: string;
  readonly disabled?: boolean;
  readonly className?: string;
  readonly "aria-label"?: string;
  readonly "aria-describedby"?: string | undefined;
  readonly "aria-invalid"?: boolean | undefined;
  readonly "aria-required"?: boolean | undefined;
}

// Radix reserves the empty text for "nothing chosen"; a wire value may be just that.
const PREFIX = "=";

/** One of a few values. For more than about ten, or where people search, use `Combobox`. */
export function Select<T extends string>({
  value,
  options,
  onChange,
  placeholder = "Choose…",
  disabled = false,
  className,
  id,
  ...aria
}: SelectProps<T>) {
  const choose = (chosen: string) => {
    const option = options.find((one) => PREFIX + one.value === chosen);
    if (option) onChange(option.value);
  };
  return (
    <Primitive.Root value={value === undefined ? "" : PREFIX + value} onValueChange={choose} disabled={disabled}>
      <Primitive.Trigger
        {...aria}
        {...(id ? { id } : {})}
        className={cx(
          controlClass,
          "flex h-8 items-center gap-2 px-2.5 text-left data-placeholder:text-muted max-md:h-10",
          className,
        )}
      >
        <span className="min-w-0 flex-1 truncate">
          <Primitive.Value placeholder={placeholder} />
        </span>
        <Primitive.Icon asChild>
          <ChevronDown aria-hidden="true" size={16} strokeWidth={1.75} className="shrink-0 text-muted" />
        </Primitive.Icon>
      </Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content position="popper" sideOffset={4} collisionPadding={8} className={menuClass}>
          <Primitive.Viewport {...(nonce ? { nonce } : {})}>
            {options.map((option) => (
              <Primitive.Item
                key={option.value}
                value={PREFIX + option.value}
                disabled={option.disabled ?? false}
                className={menuItemClass}
              >
                <span className="flex size-4 shrink-0 items-center justify-center">
                  <Primitive.ItemIndicator>
                    <Check size={16} strokeWidth={1.75} className="text-accent" />
                  </Primitive.ItemIndicator>
                </span>
                <Primitive.ItemText>
                  <span className="flex items-center gap-2">
                    {option.icon}
                    {option.label}
                  </span>
                </Primitive.ItemText>
              </Primitive.Item>
            ))}
          </Primitive.Viewport>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
