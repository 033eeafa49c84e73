import { useState } from "react";
import { asProblem } from "@/api";
import { ErrorState } from "@/ui/ErrorState";
import { JsonTree } from "@/ui/JsonTree";
import { Pagination } from "@/ui/Pagination";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { Select } from "@/ui/Select";
import { Skeleton } from "@/ui/Skeleton";
import { copy } from "./copy";
import { ITEMS_PAGE, type NodeRun, type Side, useItems } from "./queries";

type View = "table" | "json";
const MOST_COLUMNS = 20;

/** The items that went into a node run, or came out of it. */
export function NodeRunData({ run, side }: { readonly run: NodeRun; readonly side: Side }) {
  const handles = Object.keys(run[side]);
  const [chosen, setChosen] = useState("");
  const [view, setView] = useState<View>("table");
  const [page, setPage] = useState(1);
  const handle = handles.includes(chosen) ? chosen : (handles.find((name) => run[side][name]?.length) ?? "main");
  const { data, error, refetch } = useItems(run, side, handle, page);
  if (error && !data) return <ErrorState isCompact problem={asProblem(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="m-4 h-32" />;
  const rows = data.results.map((item) => item.json);
  return (
    <div className="flex flex-col">
      <div className="flex flex-wrap items-center gap-2 p-3">
        <SegmentedControl
          label={copy.view}
          value={view}
          options={[
            { value: "table", label: copy.table },
            { value: "json", label: copy.json },
          ]}
          onChange={setView}
        />
        {handles.length > 1 ? (
          <Select
            aria-label={side}
            className="max-w-36"
            value={handle}
            options={handles.map((value) => ({ value, label: value }))}
            onChange={(value) => {
              setChosen(value);
              setPage(1);
            }}
          />
        ) : null}
      </div>
      {rows.length === 0 ? (
        <p className="px-4 pb-4 text-muted">{copy.noItems}</p>
      ) : view === "json" ? (
        <JsonTree label={copy.data} value={rows} className="h-80" />
      ) : (
        <ItemTable rows={rows} />
      )}
      <Pagination page={page} pageSize={ITEMS_PAGE} count={data.count} onChange={setPage} />
    </div>
  );
}

function ItemTable({ rows }: { readonly rows: readonly Readonly<Record<string, unknown>>[] }) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, MOST_COLUMNS);
  return (
    <div className="overflow-x-auto border-t">
      <table className="w-full border-collapse text-left" aria-label={copy.data}>
        <thead>
          <tr className="border-b text-meta text-muted">
            {names.map((name) => (
              <th key={name} scope="col" className="px-3 py-1.5 font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: items have no id, and a page of them never changes
            <tr key={at} className="border-b last:border-0">
              {names.map((name) => (
                <td key={name} className="max-w-80 truncate px-3 py-1.5">
                  {shown(row[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function shown(value: unknown): string {
  if (value === undefined) return "";
  return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 500);
}
