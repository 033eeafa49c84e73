import { Command } from "cmdk";
import { Check, ChevronDown } from "lucide-react";
import { Popover } from "radix-ui";
import { type ReactNode, useState } from "react";
import { controlClass } from "./controlClass";
import { cx } from "./cx";
import { menuClass, menuItemClass } from "./menuClass";
import type { SelectProps } from "./Select";

export interface ComboboxProps<T extends string> extends SelectProps<T> {
  readonly searchLabel?: string;
  readonly emptyText?: string;
  readonly isLoading?: boolean;
  /** Below the list: "Create a new credential…", for example. */
  readonly footer?: ReactNode;
  /** Search done by the server; without it the given options are searched. */
  readonly onSearch?: (text: string) => void;
}

/** One of many values, found by writing. */
export function Combobox<T extends string>({
  value,
  options,
  onChange,
  placeholder = "Choose…",
  searchLabel = "Search…",
  emptyText = "Nothing found.",
  isLoading = false,
  disabled = false,
  footer,
  onSearch,
  className,
  ...rest
}: ComboboxProps<T>) {
  const [isOpen, setIsOpen] = useState(false);
  const chosen = options.find((one) => one.value === value);
  const choose = (next: T) => {
    onChange(next);
    setIsOpen(false);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger asChild>
        <button
          {...rest}
          type="button"
          role="combobox"
          aria-expanded={isOpen}
          aria-haspopup="listbox"
          disabled={disabled}
          className={cx(controlClass, "flex h-8 items-center gap-2 px-2.5 text-left max-md:h-10", className)}
        >
          {chosen?.icon}
          <span className={cx("min-w-0 flex-1 truncate", !chosen && "text-muted")}>
            {chosen?.label ?? (value || placeholder)}
          </span>
          <ChevronDown aria-hidden="true" size={16} strokeWidth={1.75} className="shrink-0 text-muted" />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label={searchLabel}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          className={cx(menuClass, "w-(--radix-popover-trigger-width) max-w-none")}
        >
          <Command label={searchLabel} shouldFilter={!onSearch}>
            <Command.Input
              placeholder={searchLabel}
              {...(onSearch ? { onValueChange: onSearch } : {})}
              className="h-8 w-full border-b bg-transparent px-2.5 text-ui outline-none max-md:h-10 max-md:text-panel"
            />
            <Command.List className="max-h-64 overflow-y-auto pt-1">
              <Command.Empty className="px-2.5 py-3 text-muted">{isLoading ? "Loading…" : emptyText}</Command.Empty>
              {options.map((option) => (
                <Command.Item
                  key={option.value}
                  value={option.value}
                  keywords={[option.label]}
                  disabled={option.disabled ?? false}
                  onSelect={() => choose(option.value)}
                  className={cx(menuItemClass, "data-[selected=true]:bg-raised data-[disabled=false]:opacity-100")}
                >
                  <span className="flex size-4 shrink-0 items-center justify-center">
                    {option.value === value ? <Check size={16} strokeWidth={1.75} className="text-accent" /> : null}
                  </span>
                  {option.icon}
                  <span className="min-w-0 flex-1 truncate">{option.label}</span>
                </Command.Item>
              ))}
            </Command.List>
          </Command>
          {footer ? <div className="mt-1 border-t pt-1">{footer}</div> : null}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
