import { DropdownMenu } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { Kbd } from "./Kbd";
import { menuClass, menuItemClass } from "./menuClass";

interface MenuProps {
  readonly trigger: ReactElement;
  readonly side?: "top" | "right" | "bottom" | "left";
  readonly align?: "start" | "center" | "end";
  readonly children: ReactNode;
}

/** A menu that a button opens; its parts below. */
export function Menu({ trigger, side = "bottom", align = "start", children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          side={side}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className={menuClass}
          onCloseAutoFocus={(event) => {
            // What was chosen may have opened something that has the focus by now.
            if (document.activeElement !== document.body) event.preventDefault();
          }}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  readonly icon?: ReactNode;
  readonly keys?: string;
  readonly isDangerous?: boolean;
  readonly disabled?: boolean;
  /** Why it cannot be chosen: it is dimmed and says so. */
  readonly refusal?: string | null | undefined;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

export function MenuItem(props: MenuItemProps) {
  const { icon, keys, isDangerous = false, disabled = false, refusal, onSelect, children } = props;
  return (
    <DropdownMenu.Item
      disabled={disabled || Boolean(refusal)}
      onSelect={onSelect}
      data-dangerous={isDangerous || undefined}
      className={menuItemClass}
    >
      <span className="flex size-4 shrink-0 items-center justify-center">{icon}</span>
      <span className="min-w-0 flex-1">
        {children}
        {refusal ? <span className="block text-meta">{refusal}</span> : null}
      </span>
      {keys ? <Kbd keys={keys} /> : null}
    </DropdownMenu.Item>
  );
}

export function MenuLabel({ children }: { readonly children: ReactNode }) {
  return <DropdownMenu.Label className="px-2.5 py-1.5 text-meta text-muted">{children}</DropdownMenu.Label>;
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
}

interface MenuRadioGroupProps<T extends string> {
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string; readonly icon?: ReactNode }[];
  readonly onChange: (value: T) => void;
}

/** One choice of a few; the menu stays open. */
export function MenuRadioGroup<T extends string>({ value, options, onChange }: MenuRadioGroupProps<T>) {
  return (
    <DropdownMenu.RadioGroup value={value}>
      {options.map((option) => (
        <DropdownMenu.RadioItem
          key={option.value}
          value={option.value}
          className={menuItemClass}
          onSelect={(event) => {
            event.preventDefault();
            onChange(option.value);
          }}
        >
          <span className="flex size-4 shrink-0 items-center justify-center">{option.icon}</span>
          <span className="flex-1">{option.label}</span>
          <DropdownMenu.ItemIndicator>✓</DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
