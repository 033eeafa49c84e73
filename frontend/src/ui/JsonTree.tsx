import { ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import { jsonText } from "@/domain/exactJson";
import { CopyButton } from "./CopyButton";
import { copy } from "./copy";
import { cx } from "./cx";
import { type JsonRow, jsonRows } from "./jsonRows";
import { VirtualList } from "./VirtualList";

interface JsonTreeProps {
  readonly label: string;
  readonly value: unknown;
  readonly className?: string;
  /** Extra buttons of a row, such as copying its path as an expression. */
  readonly rowActions?: (row: JsonRow) => React.ReactNode;
}

const LONGEST = 2048;

/** A JSON value, folding; only what is seen is in the page. */
export function JsonTree({ label, value, className, rowActions }: JsonTreeProps) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => jsonRows(value, toggled), [value, toggled]);
  const toggle = (id: string) =>
    setToggled((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <VirtualList
      label={label}
      items={rows}
      itemKey={(row) => row.id}
      estimate={22}
      className={cx("p-2 font-mono text-meta", className)}
      render={(row) => <Row row={row} onToggle={toggle} actions={rowActions?.(row)} />}
    />
  );
}

interface RowProps {
  readonly row: JsonRow;
  readonly onToggle: (id: string) => void;
  readonly actions: React.ReactNode;
}

function Row({ row, onToggle, actions }: RowProps) {
  const name = row.name === null ? null : <span className="text-muted">{row.name}:&nbsp;</span>;
  return (
    <div className="group flex min-h-5.5 items-start gap-1 hover:bg-raised" style={{ paddingLeft: row.depth * 16 }}>
      {row.size === null ? (
        <div className="min-w-0 flex-1 py-0.5 pl-5">
          {name}
          <Scalar value={row.value} />
        </div>
      ) : (
        <button
          type="button"
          aria-expanded={row.isOpen}
          onClick={() => onToggle(row.id)}
          className="flex min-w-0 flex-1 items-center py-0.5 text-left -outline-offset-2"
        >
          <ChevronRight
            aria-hidden="true"
            size={14}
            className={cx("mr-1.5 shrink-0 text-muted", row.isOpen && "rotate-90")}
          />
          {name}
          <span className="text-muted">{Array.isArray(row.value) ? `[${row.size}]` : `{${row.size}}`}</span>
        </button>
      )}
      <span className="flex shrink-0 opacity-0 focus-within:opacity-100 group-hover:opacity-100">
        {actions}
        <CopyButton
          label={copy.copyValue}
          text={() => (typeof row.value === "string" ? row.value : jsonText(row.value, 2))}
        />
      </span>
    </div>
  );
}

function Scalar({ value }: { readonly value: unknown }) {
  const [isWhole, setIsWhole] = useState(false);
  if (typeof value !== "string")
    return <span className={value === null ? "text-skip" : "text-run"}>{String(value)}</span>;
  const isCut = value.length > LONGEST && !isWhole;
  return (
    <span className="whitespace-pre-wrap break-words">
      "{isCut ? value.slice(0, LONGEST) : value}
      {isCut ? "…" : '"'}
      {isCut ? (
        <button type="button" className="ml-1 text-accent underline" onClick={() => setIsWhole(true)}>
          Show all ({value.length.toLocaleString()})
        </button>
      ) : null}
    </span>
  );
}
