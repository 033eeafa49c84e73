import { Plus, Workflow } from "lucide-react";
import { useNavigate, useSearchParams } from "react-router";
import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { FilterBar } from "@/ui/FilterBar";
import { PageHeader } from "@/ui/PageHeader";
import { Pagination } from "@/ui/Pagination";
import { SearchInput } from "@/ui/SearchInput";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { toast } from "@/ui/toast";
import { columns } from "./columns";
import { copy } from "./copy";
import { PAGE_SIZE, type StatusFilter, useCreateWorkflow, useWorkflows } from "./queries";

const STATUSES: readonly { readonly value: StatusFilter; readonly label: string }[] = [
  { value: "all", label: copy.all },
  { value: "active", label: copy.active },
  { value: "draft", label: copy.draft },
  { value: "paused", label: copy.paused },
  { value: "archived", label: copy.archived },
];

/** The list of workflows, and where a new one begins. Filters stand in the address. */
export function WorkflowsScreen() {
  const [address, setAddress] = useSearchParams();
  const search = address.get("search") ?? "";
  const status = STATUSES.find((one) => one.value === address.get("status"))?.value ?? "all";
  const page = Math.max(1, Number(address.get("page")) || 1);
  const workflows = useWorkflows({ search, status, page });
  const create = useCreate();
  const set = (changes: Record<string, string>) =>
    setAddress((before) => {
      const next = new URLSearchParams(before);
      for (const [name, value] of Object.entries({ page: "", ...changes })) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      return next;
    });
  const isFiltered = search !== "" || status !== "all";
  const make = (
    <Button
      variant="primary"
      isBusy={create.isPending}
      icon={<Plus size={16} strokeWidth={1.75} />}
      onClick={create.make}
    >
      {copy.create}
    </Button>
  );
  return (
    <>
      <title>{copy.title}</title>
      <PageHeader title={copy.title} actions={make} />
      <FilterBar onClear={isFiltered ? () => set({ search: "", status: "" }) : undefined}>
        <SearchInput label={copy.search} value={search} onChange={(text) => set({ search: text })} />
        <SegmentedControl
          label={copy.status}
          value={status}
          options={STATUSES}
          onChange={(next) => set({ status: next === "all" ? "" : next })}
        />
      </FilterBar>
      <DataTable
        label={copy.title}
        columns={columns}
        rows={workflows.data?.results}
        rowId={(row) => row.id}
        problem={workflows.error ? asProblem(workflows.error) : null}
        onRetry={() => void workflows.refetch()}
        empty={
          isFiltered ? (
            <EmptyState title={copy.nothingFound}>{copy.nothingFoundHelp}</EmptyState>
          ) : (
            <EmptyState icon={<Workflow size={24} />} title={copy.empty} action={make}>
              {copy.emptyHelp}
            </EmptyState>
          )
        }
      />
      <Pagination
        page={page}
        pageSize={PAGE_SIZE}
        count={workflows.data?.count ?? 0}
        isExact={workflows.data?.count_exact ?? true}
        onChange={(next) => set({ page: String(next) })}
      />
    </>
  );
}

function useCreate() {
  const creating = useCreateWorkflow();
  const navigate = useNavigate();
  const name = `${copy.blankName} ${new Date().toISOString().slice(0, 19).replace("T", " ")}`;
  return {
    isPending: creating.isPending,
    make: () =>
      creating.mutate(name, {
        onSuccess: (made) => void navigate(`/workflows/${made.id}`),
        onError: (error) => toast({ kind: "error", text: asProblem(error).message }),
      }),
  };
}
