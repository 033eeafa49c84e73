import type { ColumnType, NewTable, Table, TableChange } from "./queries";

/** A column while it is being written. `was` is its name on the server, "" for a new one. */
export interface DraftColumn {
  readonly id: number;
  readonly name: string;
  readonly type: ColumnType;
  readonly was: string;
  readonly isKey: boolean;
}

let made = 0;

export function newColumn(name = "", type: ColumnType = "text"): DraftColumn {
  made += 1;
  return { id: made, name, type, was: "", isKey: false };
}

export function draftOf(table: Table): DraftColumn[] {
  return table.columns.map(({ name, type, is_key }) => ({ ...newColumn(name, type), was: name, isKey: is_key }));
}

/** Returns columns as a new table has them; those without a name are left out. */
export function givenColumns(columns: readonly DraftColumn[]): NewTable["columns"] {
  return columns.filter(({ name }) => name.trim() !== "").map(({ name, type }) => ({ name: name.trim(), type }));
}

/** Returns what has to be asked for, so that a table gets a name and columns; empty where nothing differs. */
export function changesOf(table: Table, name: string, columns: readonly DraftColumn[]): TableChange {
  const kept = new Set(columns.map(({ was }) => was));
  const removed = table.columns.map((column) => column.name).filter((one) => !kept.has(one));
  const renamed = columns.filter((one) => one.was !== "" && one.name.trim() !== one.was);
  const added = givenColumns(columns.filter((one) => one.was === ""));
  return {
    ...(name.trim() === table.name ? {} : { name: name.trim() }),
    ...(renamed.length > 0
      ? { rename_columns: Object.fromEntries(renamed.map((one) => [one.was, one.name.trim()])) }
      : {}),
    ...(removed.length > 0 ? { remove_columns: removed } : {}),
    ...(added.length > 0 ? { add_columns: added } : {}),
  };
}
