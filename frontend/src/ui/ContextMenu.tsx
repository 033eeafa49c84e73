import { ContextMenu as Primitive } from "radix-ui";
import { Fragment, type ReactNode, useLayoutEffect, useRef } from "react";
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

/** Where it was asked for, in the window; another object asks again. */
export interface MenuPlace {
  readonly x: number;
  readonly y: number;
}

interface ContextMenuProps {
  readonly entries: readonly ContextMenuEntry[];
  readonly at: MenuPlace;
}

/** What a right click, or the menu key, offers at a place. Everything in it is reachable elsewhere too. */
export function ContextMenu({ entries, at }: ContextMenuProps) {
  const trigger = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    // The menu comes after the click that asked for it: it is told of that click here.
    const { x: clientX, y: clientY } = at;
    trigger.current?.dispatchEvent(
      new MouseEvent("contextmenu", { clientX, clientY, bubbles: true, cancelable: true }),
    );
  }, [at]);
  return (
    <Primitive.Root modal={false}>
      <Primitive.Trigger asChild>
        <span ref={trigger} aria-hidden="true" hidden />
      </Primitive.Trigger>
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
