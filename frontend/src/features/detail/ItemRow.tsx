import type { CSSProperties } from "react";
import type { Item } from "@/domain/definition";
import { cx } from "@/ui/cx";
import { copy } from "./copy";
import { FieldButton } from "./FieldButton";
import type { References } from "./reference";
import { ValueCell } from "./ValueCell";

interface ItemRowProps {
  readonly item: Item;
  readonly at: number;
  /** Its place among the rows that are shown. */
  readonly index: number;
  readonly columns: readonly string[];
  readonly isChosen: boolean;
  readonly onChoose: (at: number) => void;
  readonly references: References;
  readonly style: CSSProperties;
}

/** One item of the table. */
export function ItemRow({ item, at, index, columns, isChosen, onChoose, references, style }: ItemRowProps) {
  return (
    <tr
      aria-rowindex={index + 2}
      aria-current={isChosen || undefined}
      className={cx("absolute inset-x-0 top-0 grid border-b", isChosen ? "bg-accent-tint" : "hover:bg-raised")}
      style={style}
    >
      <td className="flex items-center px-1">
        <button
          type="button"
          aria-label={copy.chooseItem(at + 1)}
          onClick={() => onChoose(at)}
          className="w-full rounded-control px-1 text-right text-muted tabular-nums hover:text-text"
        >
          {at + 1}
        </button>
      </td>
      {columns.map((column) => (
        <td key={column} className="flex min-w-0 items-center border-l px-1">
          <FieldButton path={[column]} references={references}>
            <ValueCell value={Object.hasOwn(item.json, column) ? item.json[column] : undefined} />
          </FieldButton>
        </td>
      ))}
    </tr>
  );
}
