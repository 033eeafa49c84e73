import type { ReactNode } from "react";
import { asProblem } from "@/api";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { FilterBar } from "@/ui/FilterBar";
import { PageHeader } from "@/ui/PageHeader";
import { Pagination } from "@/ui/Pagination";
import { SearchInput } from "@/ui/SearchInput";
import { copy } from "./copy";
import type { Filters } from "./useFilters";

interface Listed<Row> {
  readonly data:
    | { readonly results: readonly Row[]; readonly count: number; readonly count_exact: boolean }
    | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

interface ListScreenProps<Row> {
  readonly title: string;
  readonly description: string;
  readonly actions: ReactNode;
  /** What the search looks through; its text stands in the filters as `search`. */
  readonly searchLabel: string;
  readonly filters: Filters;
  /** Filters beside the search. */
  readonly moreFilters?: ReactNode;
  readonly list: Listed<Row>;
  readonly columns: readonly Column<Row>[];
  readonly pageSize: number;
  /** What is said where the filters find nothing. */
  readonly nothing: string;
  /** What is shown where there is nothing at all. */
  readonly empty: ReactNode;
  /** Dialogs. */
  readonly children?: ReactNode;
}

/** A screen that is one list: searched, filtered, page by page. */
export function ListScreen<Row extends { readonly id: string }>(props: ListScreenProps<Row>) {
  const { title, description, actions, searchLabel, filters, moreFilters, list, columns, pageSize } = props;
  return (
    <div>
      <title>{`${title} · ${copy.product}`}</title>
      <PageHeader title={title} description={description} actions={actions} />
      <FilterBar onClear={filters.isFiltered ? filters.clear : undefined}>
        <SearchInput
          label={searchLabel}
          value={filters.get("search")}
          onChange={(value) => filters.set("search", value)}
        />
        {moreFilters}
      </FilterBar>
      <DataTable
        label={title}
        columns={columns}
        rows={list.data?.results}
        rowId={(row) => row.id}
        problem={list.error ? asProblem(list.error) : null}
        onRetry={() => void list.refetch()}
        empty={filters.isFiltered ? <EmptyState title={props.nothing} /> : props.empty}
      />
      <Pagination
        page={filters.page}
        pageSize={pageSize}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
      {props.children}
    </div>
  );
}
