import type { ReactNode } from "react";
import { Checkbox } from "./Checkbox";
import { copy } from "./copy";
import { cx } from "./cx";
import { ErrorState, type ProblemLike } from "./ErrorState";
import { Skeleton } from "./Skeleton";

export interface Column<Row> {
  readonly id: string;
  readonly header: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  readonly className?: string;
  /** Left out on a phone. */
  readonly isSecondary?: boolean;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Undefined while nothing is there yet. */
  readonly rows: readonly Row[] | undefined;
  readonly rowId: (row: Row) => string;
  readonly problem?: ProblemLike | null;
  readonly onRetry?: () => void;
  readonly empty: ReactNode;
  readonly selected?: ReadonlySet<string>;
  readonly onSelect?: (ids: ReadonlySet<string>) => void;
  readonly rowLabel?: (row: Row) => string;
}

const CELL = "px-3 py-2 text-left align-middle first:pl-6 last:pr-6 max-md:first:pl-4 max-md:last:pr-4";

/** A list with its states. What a row leads to is a link in its first cell. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowId, problem, onRetry, empty, selected, onSelect, rowLabel } = props;
  if (problem && !rows) return <ErrorState problem={problem} {...(onRetry ? { onRetry } : {})} />;
  if (rows?.length === 0) return empty;
  const ids = rows?.map(rowId) ?? [];
  const count = ids.filter((id) => selected?.has(id)).length;
  const toggle = (id: string, isOn: boolean) => {
    const next = new Set(selected);
    if (isOn) next.add(id);
    else next.delete(id);
    onSelect?.(next);
  };
  return (
    <div className="overflow-x-auto border-y bg-surface">
      <table aria-label={label} aria-busy={rows === undefined} className="w-full border-collapse">
        <thead>
          <tr className="border-b text-meta text-muted">
            {onSelect ? (
              <th className={cx(CELL, "w-10")}>
                <Checkbox
                  aria-label={copy.selectAll}
                  disabled={rows === undefined}
                  checked={count === 0 ? false : count === ids.length ? true : "indeterminate"}
                  onChange={(isOn) => onSelect(new Set(isOn ? ids : []))}
                />
              </th>
            ) : null}
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={cx(CELL, "whitespace-nowrap font-medium", hide(column), column.className)}
              >
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows === undefined
            ? [1, 2, 3, 4, 5, 6].map((row) => (
                <tr key={row} className="border-b last:border-0">
                  {onSelect ? <td className={CELL} /> : null}
                  {columns.map((column) => (
                    <td key={column.id} className={cx(CELL, hide(column), column.className)}>
                      <Skeleton className="h-5 w-full max-w-40" />
                    </td>
                  ))}
                </tr>
              ))
            : rows.map((row) => {
                const id = rowId(row);
                const isChosen = selected?.has(id) ?? false;
                return (
                  <tr
                    key={id}
                    className={cx("group/row border-b last:border-0 hover:bg-raised/60", isChosen && "bg-accent-tint")}
                  >
                    {onSelect ? (
                      <td className={CELL}>
                        <Checkbox
                          aria-label={copy.select(rowLabel?.(row) ?? id)}
                          checked={isChosen}
                          onChange={(isOn) => toggle(id, isOn)}
                        />
                      </td>
                    ) : null}
                    {columns.map((column) => (
                      <td key={column.id} className={cx(CELL, hide(column), keep(column, isChosen), column.className)}>
                        {column.cell(row)}
                      </td>
                    ))}
                  </tr>
                );
              })}
        </tbody>
      </table>
    </div>
  );
}

/** As the ground of a row, but nothing shows through it. */
const HOVERED =
  "group-hover/row:bg-[linear-gradient(color-mix(in_srgb,var(--raised)_60%,transparent),color-mix(in_srgb,var(--raised)_60%,transparent))]";
const CHOSEN = "bg-[linear-gradient(var(--color-accent-tint),var(--color-accent-tint))]";

/** What is done with a row stays in sight where the table is wider than its place. */
function keep(column: { readonly header: ReactNode }, isChosen: boolean): string | false {
  return column.header === "" && cx("sticky right-0 bg-surface", HOVERED, isChosen && CHOSEN);
}

function hide(column: { readonly isSecondary?: boolean }): string | false {
  return column.isSecondary === true && "max-md:hidden";
}
