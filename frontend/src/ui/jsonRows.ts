/** A JSON value as the rows of a folding tree. */
export interface JsonRow {
  /** Keys from the root, for folding and copying. */
  readonly path: readonly (string | number)[];
  readonly id: string;
  readonly depth: number;
  readonly name: string | null;
  readonly value: unknown;
  readonly size: number | null;
  readonly isOpen: boolean;
}

const OPEN_DEPTH = 2;
const MOST_CHILDREN_OPEN = 100;

/** Returns the rows that are seen; `toggled` holds the ids that differ from how they begin. */
export function jsonRows(root: unknown, toggled: ReadonlySet<string>): JsonRow[] {
  const rows: JsonRow[] = [];
  const visit = (value: unknown, path: readonly (string | number)[], name: string | null) => {
    const id = JSON.stringify(path);
    const entries = entriesOf(value);
    const size = entries?.length ?? null;
    const begins = path.length < OPEN_DEPTH && (size ?? 0) <= MOST_CHILDREN_OPEN;
    const isOpen = entries !== null && toggled.has(id) !== begins;
    rows.push({ path, id, depth: path.length, name, value, size, isOpen });
    if (isOpen) for (const [key, child] of entries) visit(child, [...path, key], String(key));
  };
  visit(root, [], null);
  return rows;
}

function entriesOf(value: unknown): readonly (readonly [string | number, unknown])[] | null {
  if (Array.isArray(value)) return value.map((one, index) => [index, one] as const);
  return typeof value === "object" && value !== null ? Object.entries(value) : null;
}
