import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import type { Column } from "@/ui/DataTable";
import { cellText } from "./cellText";
import { copy } from "./copy";
import type { Row, Table, TableColumn } from "./queries";

interface Sorting {
  /** A column's name, "-" before it for the other way round, "" for none. */
  readonly ordering: string;
  readonly onSort: (ordering: string) => void;
}

/** Returns what a row is called in labels: its key, or how it begins. */
export function labelOf(table: Table, row: Row): string {
  const column = table.columns.find(({ name }) => name === table.key) ?? table.columns[0];
  return (column ? cellText(row.values[column.name], column.type) : "").slice(0, 60) || row.id.slice(-6);
}

/** Returns the grid's columns; a click on a head sorts by it, a second one the other way round, a third not at all. */
export function columnsOf(table: Table, sorting: Sorting, more: ((row: Row) => ReactNode) | null): Column<Row>[] {
  return [
    ...table.columns.map((column) => ({
      id: column.name,
      header: <Head column={column} {...sorting} />,
      cell: (row: Row) => <Cell column={column} value={row.values[column.name]} />,
    })),
    ...(more ? [{ id: "more", header: "", className: "w-10", cell: more }] : []),
  ];
}

function Head({ column, ordering, onSort }: Sorting & { readonly column: TableColumn }) {
  const { name } = column;
  const next = ordering === name ? `-${name}` : ordering === `-${name}` ? "" : name;
  const Arrow = ordering === name ? ArrowUp : ordering === `-${name}` ? ArrowDown : null;
  return (
    <span className="inline-flex items-center gap-1">
      <button
        type="button"
        aria-label={copy.sortBy(name)}
        className="inline-flex max-w-60 items-center gap-1 rounded-control hover:text-text"
        onClick={() => onSort(next)}
      >
        <span className="truncate">{name}</span>
        {Arrow ? <Arrow aria-hidden="true" size={14} /> : null}
      </button>
      {column.is_key ? <span className="rounded-chip bg-raised px-1 font-normal">{copy.isKey}</span> : null}
    </span>
  );
}

function Cell({ column, value }: { readonly column: TableColumn; readonly value: unknown }) {
  const text = cellText(value, column.type);
  if (text === "") return <span className="text-muted">—</span>;
  const isCode = column.type === "json" || column.type === "number";
  return (
    <span title={text.slice(0, 500)} className={`block max-w-80 truncate ${isCode ? "font-mono text-meta" : ""}`}>
      {text.slice(0, 300)}
    </span>
  );
}
