import { ContextMenu as Primitive } from "radix-ui";
import { Fragment, type ReactElement, type ReactNode } from "react";
import { Kbd } from "./Kbd";
import { menuClass, menuItemClass } from "./menuClass";

export interface ContextMenuEntry {
  readonly id: string;
  readonly label: string;
  readonly icon?: ReactNode;
  readonly keys?: string;
  readonly isDangerous?: boolean;
  readonly disabled?: boolean;
  /** A line above. */
  readonly startsGroup?: boolean;
  readonly onSelect: () => void;
}

interface ContextMenuProps {
  readonly entries: readonly ContextMenuEntry[];
  readonly onOpenChange?: (isOpen: boolean) => void;
  readonly children: ReactElement;
}

/** What a right click, or the menu key, offers for its child. Everything in it is reachable elsewhere too. */
export function ContextMenu({ entries, onOpenChange, children }: ContextMenuProps) {
  return (
    <Primitive.Root modal={false} {...(onOpenChange ? { onOpenChange } : {})}>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content collisionPadding={8} className={menuClass}>
          {entries.map((entry) => (
            <Fragment key={entry.id}>
              {entry.startsGroup ? <Primitive.Separator className="my-1 h-px bg-line" /> : null}
              <Primitive.Item
                disabled={entry.disabled ?? false}
                onSelect={entry.onSelect}
                data-dangerous={entry.isDangerous || undefined}
                className={menuItemClass}
              >
                <span className="flex size-4 shrink-0 items-center justify-center">{entry.icon}</span>
                <span className="min-w-0 flex-1">{entry.label}</span>
                {entry.keys ? <Kbd keys={entry.keys} /> : null}
              </Primitive.Item>
            </Fragment>
          ))}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
