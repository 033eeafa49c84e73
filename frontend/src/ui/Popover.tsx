import { Popover as Primitive } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./cx";

interface PopoverProps {
  readonly trigger: ReactElement;
  readonly label: string;
  readonly isOpen?: boolean;
  readonly onOpenChange?: (isOpen: boolean) => void;
  readonly side?: "top" | "right" | "bottom" | "left";
  readonly align?: "start" | "center" | "end";
  /** Whether the focus has gone elsewhere by what was chosen, so that the button does not get it back. */
  readonly leavesFocus?: () => boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A small panel that a button opens; Esc closes it and gives the focus back. */
export function Popover({
  trigger,
  label,
  isOpen,
  onOpenChange,
  side = "bottom",
  align = "start",
  leavesFocus,
  className,
  children,
}: PopoverProps) {
  return (
    <Primitive.Root {...(isOpen === undefined ? {} : { open: isOpen })} {...(onOpenChange ? { onOpenChange } : {})}>
      <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          aria-label={label}
          side={side}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          onCloseAutoFocus={(event) => {
            if (leavesFocus?.()) event.preventDefault();
          }}
          className={cx(
            "z-50 max-h-(--radix-popper-available-height) max-w-[calc(100vw-16px)] animate-fade overflow-y-auto rounded-node border bg-surface p-3 shadow-mid",
            className,
          )}
        >
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
