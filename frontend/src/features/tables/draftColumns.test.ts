import { expect, test } from "vitest";
import { changesOf, draftOf, newColumn } from "./draftColumns";
import type { Table } from "./queries";

const TABLE: Table = {
  id: "t",
  name: "Seen",
  workflow_id: null,
  my_role: "owner",
  columns: [
    { name: "key", type: "text", is_key: true },
    { name: "n", type: "number", is_key: false },
    { name: "old", type: "json", is_key: false },
  ],
  key: "key",
  row_count: 0,
  size_bytes: 0,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
};

test("only what differs is asked for", () => {
  const columns = draftOf(TABLE);
  expect(changesOf(TABLE, "Seen ", columns)).toEqual({});
  const [key, n] = columns;
  if (!key || !n) throw new Error("the table has columns");
  const changed = [key, { ...n, name: "count" }, newColumn("note", "date"), newColumn(" ")];
  expect(changesOf(TABLE, "Known", changed)).toEqual({
    name: "Known",
    rename_columns: { n: "count" },
    remove_columns: ["old"],
    add_columns: [{ name: "note", type: "date" }],
  });
});
