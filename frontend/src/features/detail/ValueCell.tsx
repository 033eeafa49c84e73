import type { Json } from "@/domain/json";

interface ValueCellProps {
  readonly value: Json | undefined;
}

const LONGEST = 120;

/** A value in one line; what is nested is a chip that says how much is inside. */
export function ValueCell({ value }: ValueCellProps) {
  if (value === undefined) return <span className="text-skip">–</span>;
  if (value === null) return <span className="text-skip">null</span>;
  if (typeof value === "string") return <span>{value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value}</span>;
  if (typeof value !== "object") return <span className="text-run tabular-nums">{String(value)}</span>;
  const isList = Array.isArray(value);
  const size = isList ? value.length : Object.keys(value).length;
  return (
    <span className="rounded-control border bg-raised px-1.5 py-px text-muted">
      {isList ? `[${size}]` : `{${size}}`}
    </span>
  );
}
