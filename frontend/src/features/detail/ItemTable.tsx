import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { Item } from "@/domain/definition";
import { columnsOf } from "@/domain/itemShape";
import { copy } from "./copy";
import { FieldButton } from "./FieldButton";
import { ItemRow } from "./ItemRow";
import type { References } from "./reference";

interface ItemTableProps {
  readonly label: string;
  readonly items: readonly { readonly item: Item; readonly at: number }[];
  readonly chosen: number;
  readonly onChoose: (at: number) => void;
  readonly references: References;
  /** Called where the end comes near; null: there is no more, or it is on its way. */
  readonly onNearEnd: (() => void) | null;
}

const ROW_PX = 30;
const NEAR_PX = 600;
const COLUMN_PX = 160;
const NUMBER_PX = 48;
const MOST_COLUMNS = 40;

/** Items as rows, their keys as columns; only the rows that are seen are in the page. */
export function ItemTable({ label, items, chosen, onChoose, references, onNearEnd }: ItemTableProps) {
  const box = useRef<HTMLElement>(null);
  const columns = useMemo(() => columnsOf(items.map(({ item }) => item)).slice(0, MOST_COLUMNS), [items]);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  const place = items.findIndex(({ at }) => at === chosen);
  useEffect(() => {
    if (place >= 0) virtual.scrollToIndex(place, { align: "auto" });
  }, [place, virtual]);
  const width = NUMBER_PX + columns.length * COLUMN_PX;
  const grid = {
    gridTemplateColumns: `${NUMBER_PX}px repeat(${Math.max(1, columns.length)}, minmax(${COLUMN_PX}px, 1fr))`,
    minWidth: width,
  };
  return (
    <section
      ref={box}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard has to reach what scrolls
      tabIndex={0}
      onScroll={({ currentTarget: at }) => {
        if (at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_PX) onNearEnd?.();
      }}
      className="min-h-0 flex-1 overflow-auto text-meta -outline-offset-2"
    >
      <table aria-rowcount={items.length + 1} className="block" style={{ minWidth: width }}>
        <thead className="sticky top-0 z-10 block">
          <tr aria-rowindex={1} className="grid h-7 border-b bg-raised" style={grid}>
            <th scope="col" className="px-2 py-1.5 text-right font-normal text-muted">
              {copy.number}
            </th>
            {columns.map((column) => (
              <th key={column} scope="col" className="flex min-w-0 items-center border-l px-1">
                <FieldButton path={[column]} references={references} className="font-medium">
                  {column}
                </FieldButton>
              </th>
            ))}
            {columns.length === 0 ? (
              <th scope="col" className="border-l px-2 py-1.5 text-left font-normal text-muted">
                {copy.noFields}
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody className="relative block" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((row) => {
            const entry = items[row.index];
            return entry === undefined ? null : (
              <ItemRow
                key={entry.at}
                {...entry}
                index={row.index}
                columns={columns}
                isChosen={entry.at === chosen}
                onChoose={onChoose}
                references={references}
                style={{ ...grid, height: ROW_PX, transform: `translateY(${row.start}px)` }}
              />
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
