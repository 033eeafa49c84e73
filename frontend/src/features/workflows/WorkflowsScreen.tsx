import { Plus, Upload } from "lucide-react";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { asProblem } from "@/api";
import { InvitationsBanner } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { Chip } from "@/ui/Chip";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { FilterBar } from "@/ui/FilterBar";
import { PageHeader } from "@/ui/PageHeader";
import { Pagination } from "@/ui/Pagination";
import { SearchInput } from "@/ui/SearchInput";
import { Select } from "@/ui/Select";
import { statusLook } from "@/ui/statusLook";
import { toast } from "@/ui/toast";
import { ArchiveBar } from "./ArchiveBar";
import { columns } from "./columns";
import { copy } from "./copy";
import { DropZone } from "./DropZone";
import { EmptyWorkflows } from "./EmptyWorkflows";
import { ImportDialog } from "./ImportDialog";
import { createWorkflow, FIRST_NODE, PAGE_SIZE, useMaking, useWorkflows, WHOSE, type WorkflowStatus } from "./queries";

const STATUSES: readonly WorkflowStatus[] = ["draft", "active", "paused", "archived"];
const OPTIONS = [
  { value: "" as const, label: copy.any },
  ...STATUSES.map((value) => ({ value, label: statusLook(value).label })),
];

const WHOSE_OPTIONS = WHOSE.map((value) => ({ value, label: copy.whoseOf[value] }));

const NOTHING: ReadonlySet<string> = new Set();

/** The list of workflows; its filters stand in the address. */
export function WorkflowsScreen() {
  const [params, setParams] = useSearchParams();
  const [importing, setImporting] = useState<string | null>(null);
  const [selected, setSelected] = useState(NOTHING);
  const navigate = useNavigate();
  const search = params.get("search") ?? "";
  const status = STATUSES.find((one) => one === params.get("status")) ?? "";
  const tag = params.get("tag") ?? "";
  const whose = WHOSE.find((one) => one === params.get("whose")) ?? "";
  const page = Math.max(1, Number(params.get("page")) || 1);
  const list = useWorkflows({ search, status, tag, whose, page });
  const open = (id: string) => void navigate(`/workflows/${encodeURIComponent(id)}`);
  // A blank one opens with its trigger chosen, and asks what comes after it.
  const creating = useMaking(createWorkflow, (id) => void navigate(`/workflows/${id}?node=${FIRST_NODE}&add=1`));
  const set = (name: string, value: string) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (name !== "page") next.delete("page");
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  const createButton = (label: string) => (
    <Button
      variant="primary"
      icon={<Plus size={16} />}
      isBusy={creating.isPending}
      onClick={() =>
        creating.mutate(undefined, { onError: (error) => toast({ kind: "error", text: asProblem(error).message }) })
      }
    >
      {label}
    </Button>
  );
  const isFiltered = search !== "" || status !== "" || tag !== "" || whose !== "";
  return (
    <DropZone onText={setImporting}>
      <title>{`${copy.title} · ${copy.product}`}</title>
      <PageHeader
        title={copy.title}
        actions={
          <>
            <Button icon={<Upload size={16} />} onClick={() => setImporting("")}>
              {copy.import}
            </Button>
            {createButton(copy.create)}
          </>
        }
      />
      <InvitationsBanner />
      <FilterBar onClear={isFiltered ? () => setParams({}, { replace: true }) : undefined}>
        <SearchInput label={copy.search} value={search} onChange={(value) => set("search", value)} />
        <Select
          aria-label={copy.status}
          className="max-w-40"
          value={status}
          options={OPTIONS}
          onChange={(value) => set("status", value)}
        />
        <Select
          aria-label={copy.whose}
          className="max-w-44"
          value={whose}
          options={WHOSE_OPTIONS}
          onChange={(value) => set("whose", value)}
        />
        {tag ? (
          <Chip removeLabel={copy.allTags} onRemove={() => set("tag", "")}>
            {copy.tagged(tag)}
          </Chip>
        ) : null}
      </FilterBar>
      <ArchiveBar
        chosen={list.data?.results.filter((row) => selected.has(row.id) && row.my_role === "owner") ?? []}
        onDone={() => setSelected(NOTHING)}
      />
      <DataTable
        label={copy.title}
        columns={columns}
        rows={list.data?.results}
        rowId={(row) => row.id}
        rowLabel={(row) => row.name}
        selected={selected}
        onSelect={setSelected}
        problem={list.error ? asProblem(list.error) : null}
        onRetry={() => void list.refetch()}
        empty={
          isFiltered ? (
            <EmptyState title={copy.nothing} />
          ) : (
            <EmptyWorkflows action={createButton(copy.blank)} onMade={open} />
          )
        }
      />
      <Pagination
        page={page}
        pageSize={PAGE_SIZE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={(next) => set("page", String(next))}
      />
      {importing === null ? null : (
        <ImportDialog key={importing} text={importing} onClose={() => setImporting(null)} onMade={open} />
      )}
    </DropZone>
  );
}
