import { Card } from "@/ui/Card";
import { JsonTree } from "@/ui/JsonTree";
import { copy } from "./copy";

const MOST_ROWS = 50;
type Row = Readonly<Record<string, unknown>>;

/** What the task is about: names and values, lists of records as tables. */
export function TaskContext({ title = copy.context, context }: { readonly title?: string; readonly context: Row }) {
  return (
    <Card title={title}>
      <dl className="grid grid-cols-[minmax(80px,max-content)_minmax(0,1fr)] gap-x-6 gap-y-2 max-md:grid-cols-1 max-md:gap-y-1">
        {Object.entries(context).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="break-words text-muted">{name.replaceAll("_", " ")}</dt>
            <dd className="min-w-0 max-md:mb-2">
              <Value name={name} value={value} />
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function Value({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (value === null || value === undefined || value === "") return <span className="text-muted">–</span>;
  if (typeof value !== "object") return <span className="whitespace-pre-wrap break-words">{String(value)}</span>;
  const rows = recordsOf(value);
  if (rows) return <Records name={name} rows={rows} />;
  if (Array.isArray(value) && value.every((one) => typeof one !== "object" || one === null)) {
    return <span className="break-words">{value.map(String).join(", ")}</span>;
  }
  return <JsonTree label={name} value={value} className="max-h-60 rounded-control border" />;
}

/** Returns the entries of a list of flat records; null for anything else. */
function recordsOf(value: object): readonly Row[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const rows: unknown[] = value;
  return rows.every(isFlat) ? rows : null;
}

function isFlat(value: unknown): value is Row {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one !== "object" || one === null);
}

function Records({ name, rows }: { readonly name: string; readonly rows: readonly Row[] }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <div className="overflow-x-auto rounded-control border">
      <table aria-label={name} className="w-full border-collapse text-left">
        <thead>
          <tr className="border-b bg-raised/60 text-meta text-muted">
            {columns.map((column) => (
              <th key={column} scope="col" className="px-2 py-1 font-medium">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_ROWS).map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: records have no id, and a task's context never changes
            <tr key={at} className="border-b last:border-0">
              {columns.map((column) => (
                <td key={column} className="px-2 py-1">
                  {row[column] === undefined || row[column] === null ? "" : String(row[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST_ROWS ? <p className="px-2 py-1 text-muted">{copy.andMore(rows.length - MOST_ROWS)}</p> : null}
    </div>
  );
}
