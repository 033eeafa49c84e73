import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { asProblem } from "@/api";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { Pagination } from "@/ui/Pagination";
import { copy } from "../copy";
import { PAGE_SIZE, useRuns } from "../queries";
import { BulkBar } from "./BulkBar";
import { bulkFilterOf, filtersOf } from "./filters";
import { RunFilterBar } from "./RunFilterBar";
import { runColumns } from "./runColumns";

const NOTHING: ReadonlySet<string> = new Set();

/** All runs; the filters stand in the address. */
export function RunsScreen() {
  const [params, setParams] = useSearchParams();
  const [selected, setSelected] = useState(NOTHING);
  const filters = useMemo(() => filtersOf(params), [params]);
  const list = useRuns(filters);
  const set = (name: string, value: string) => {
    setSelected(NOTHING);
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (name !== "page") next.delete("page");
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: name === "search" },
    );
  };
  const isFiltered = Object.entries(filters).some(([name, value]) => name !== "page" && value !== "");
  const rows = list.data?.results;
  const count = list.data?.count ?? 0;
  const bulkFilter = count > (rows?.length ?? 0) ? bulkFilterOf(filters, Date.now()) : null;
  const shownCount = `${count}${list.data?.count_exact === false ? "+" : ""}`;
  return (
    <div>
      <title>{`${copy.title} · ${copy.product}`}</title>
      <PageHeader title={copy.title} />
      <RunFilterBar
        filters={filters}
        isFiltered={isFiltered}
        workflowName={rows?.find((run) => run.workflow_id === filters.workflow)?.workflow_name}
        onChange={set}
        onClear={() => setParams({})}
      />
      <BulkBar
        chosen={rows?.filter((run) => selected.has(run.id)) ?? []}
        matching={bulkFilter ? { filter: bulkFilter, count: shownCount } : null}
        onClear={() => setSelected(NOTHING)}
      />
      <DataTable
        label={copy.title}
        columns={runColumns}
        rows={rows}
        rowId={(row) => row.id}
        rowLabel={(row) => copy.rowLabel(row.workflow_name, row.status)}
        selected={selected}
        onSelect={setSelected}
        problem={list.error ? asProblem(list.error) : null}
        onRetry={() => void list.refetch()}
        empty={<EmptyState title={isFiltered ? copy.nothing : copy.empty} />}
      />
      <Pagination
        page={filters.page}
        pageSize={PAGE_SIZE}
        count={count}
        isExact={list.data?.count_exact ?? true}
        onChange={(page) => set("page", String(page))}
      />
    </div>
  );
}
