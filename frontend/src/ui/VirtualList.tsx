import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useRef } from "react";
import { cx } from "./cx";

interface VirtualListProps<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  readonly itemKey: (item: Item, index: number) => string | number;
  /** The usual height in px; real ones are measured. */
  readonly estimate: number;
  readonly render: (item: Item, index: number) => ReactNode;
  /** Stays at the end while items come, until somebody scrolls up. */
  readonly isFollowing?: boolean;
  readonly scrollTo?: number;
  /** A `tree` is one stop of Tab: `render` gives its rows as `treeitem`, and `active` is the id of the one chosen. */
  readonly role?: "list" | "log" | "tree";
  readonly active?: string | undefined;
  readonly boxRef?: RefObject<HTMLElement | null>;
  readonly onKeyDown?: (event: KeyboardEvent<HTMLElement>) => void;
  readonly className?: string;
}

const NEAR_PX = 24;

/** A long list of which only what is seen is in the page. */
export function VirtualList<Item>(props: VirtualListProps<Item>) {
  const { label, items, itemKey, estimate, render, isFollowing = false, scrollTo, role = "list", className } = props;
  const ownBox = useRef<HTMLElement>(null);
  const box = props.boxRef ?? ownBox;
  const isTree = role === "tree";
  const isAtEnd = useRef(true);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => estimate,
    overscan: 8,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : itemKey(item, index);
    },
  });
  useEffect(() => {
    if (isFollowing && isAtEnd.current && items.length > 0) virtual.scrollToIndex(items.length - 1, { align: "end" });
  }, [isFollowing, items.length, virtual]);
  useEffect(() => {
    if (scrollTo !== undefined) virtual.scrollToIndex(scrollTo, { align: "auto" });
  }, [scrollTo, virtual]);
  return (
    <section
      ref={box}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard has to reach what scrolls
      tabIndex={0}
      {...(isTree ? { role: "tree", "aria-activedescendant": props.active, onKeyDown: props.onKeyDown } : {})}
      onScroll={({ currentTarget: at }) => {
        isAtEnd.current = at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_PX;
      }}
      className={cx("min-h-0 overflow-auto -outline-offset-2", className)}
    >
      <div role={isTree ? "none" : role} className="relative w-full" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((row) => {
          const item = items[row.index];
          return item === undefined ? null : (
            // biome-ignore lint/a11y/useAriaPropsSupportedByRole: only as an item of a list has it a place in it
            <div
              key={row.key}
              ref={virtual.measureElement}
              data-index={row.index}
              role={role === "list" ? "listitem" : isTree ? "none" : undefined}
              aria-setsize={role === "list" ? items.length : undefined}
              aria-posinset={role === "list" ? row.index + 1 : undefined}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${row.start}px)` }}
            >
              {render(item, row.index)}
            </div>
          );
        })}
      </div>
    </section>
  );
}
