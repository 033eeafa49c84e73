import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";

export type Table = components["schemas"]["DataTableOutput"];
export type TableColumn = components["schemas"]["DataTableColumn"];
export type ColumnType = TableColumn["type"];
export type Row = components["schemas"]["DataTableRow"];
export type NewTable = components["schemas"]["DataTableInputRequest"];
export type TableChange = components["schemas"]["PatchedDataTableUpdateRequest"];
export type Values = Readonly<Record<string, unknown>>;

export const PAGE_SIZE = 25;
export const ROWS_PAGE_SIZE = 50;
const at = (id: string) => ({ params: { path: { table_id: id } } });

/** What narrows and orders the rows of a table. */
export interface RowQuery {
  readonly search: string;
  /** `column:operator:value`, "" for none. */
  readonly filter: string;
  readonly ordering: string;
  readonly page: number;
}

export function useTables({ search, page }: { search: string; page: number }) {
  return useQuery({
    queryKey: ["data-tables", "list", search, page],
    queryFn: () => {
      const query = { page, page_size: PAGE_SIZE, ordering: "name" as const, ...(search ? { search } : {}) };
      return unwrap(api.GET("/api/data-tables/", { params: { query } }));
    },
    placeholderData: keepPreviousData,
  });
}

export function useTable(id: string) {
  return useQuery({
    queryKey: ["data-tables", "one", id],
    queryFn: () => unwrap(api.GET("/api/data-tables/{table_id}/", at(id))),
  });
}

export function useRows(id: string, { search, filter, ordering, page }: RowQuery) {
  return useQuery({
    queryKey: ["data-tables", "rows", id, search, filter, ordering, page],
    queryFn: () => {
      const query = {
        page,
        page_size: ROWS_PAGE_SIZE,
        ...(search ? { search } : {}),
        ...(filter ? { filter: [filter] } : {}),
        ...(ordering ? { ordering } : {}),
      };
      return unwrap(api.GET("/api/data-tables/{table_id}/rows/", { params: { path: { table_id: id }, query } }));
    },
    placeholderData: keepPreviousData,
  });
}

export function createTable(body: NewTable) {
  return unwrap(api.POST("/api/data-tables/", { body }));
}

export function changeTable(id: string, body: TableChange) {
  return unwrap(api.PATCH("/api/data-tables/{table_id}/", { ...at(id), body }));
}

export function deleteTable(id: string) {
  return unwrap(api.DELETE("/api/data-tables/{table_id}/", at(id)));
}

/** Adds a row, or changes the named values of one. */
export function saveRow(id: string, row: string | null, values: Values) {
  const body = { values: { ...values } };
  if (row === null) return unwrap(api.POST("/api/data-tables/{table_id}/rows/", { ...at(id), body }));
  const params = { path: { table_id: id, row_id: row } };
  return unwrap(api.PATCH("/api/data-tables/{table_id}/rows/{row_id}/", { params, body }));
}

export function deleteRows(id: string, ids: readonly string[]) {
  const body = { operation: "delete" as const, ids: [...ids] };
  return unwrap(api.POST("/api/data-tables/{table_id}/rows/bulk/", { ...at(id), body }));
}

export function importRows(id: string, file: File, mode: "insert" | "upsert") {
  return unwrap(
    api.POST("/api/data-tables/{table_id}/import/", {
      params: { path: { table_id: id }, query: { mode } },
      body: { file: "" }, // the schema's text for a file; what is sent is the form below
      bodySerializer: () => {
        const form = new FormData();
        form.append("file", file);
        return form;
      },
    }),
  );
}

/** Returns the rows that a search and filter name, as a file. */
export function exportRows(id: string, { search, filter }: Pick<RowQuery, "search" | "filter">) {
  const query = { ...(search ? { search } : {}), ...(filter ? { filter: [filter] } : {}) };
  const params = { path: { table_id: id }, query };
  return unwrap(api.GET("/api/data-tables/{table_id}/export/", { params, parseAs: "blob" }));
}
