import { Plus, Variable as VariableIcon } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api";
import { Page, useFilters, WorkflowLink } from "@/features/screen";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { Pagination } from "@/ui/Pagination";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { useVariables, VARIABLES_PAGE, type Variable } from "./queries";
import { VariableDialog } from "./VariableDialog";
import { VariableMenu } from "./VariableMenu";
import { textOfValue } from "./valueText";

const COLUMNS: Column<Variable>[] = [
  { id: "name", header: copy.name, cell: ({ name }) => <span className="break-all font-mono">{name}</span> },
  {
    id: "value",
    header: copy.value,
    cell: ({ value, is_secret }) =>
      is_secret ? (
        <Badge tone="skip">{copy.secret}</Badge>
      ) : (
        <span className="line-clamp-2 break-all font-mono text-meta">{textOfValue(value)}</span>
      ),
  },
  {
    id: "workflow",
    header: copy.belongsTo,
    isSecondary: true,
    cell: ({ workflow_id }) => (workflow_id === null ? copy.shared : <WorkflowLink id={workflow_id} />),
  },
  { id: "changed", header: copy.changed, isSecondary: true, cell: ({ updated_at }) => <Time at={updated_at} /> },
  { id: "more", header: "", className: "w-10", cell: (row) => <VariableMenu variable={row} /> },
];

/** The variables of an account, and those of workflows that somebody has a role on. */
export function VariablesPage() {
  const filters = useFilters([]);
  const list = useVariables(filters.page);
  const [isCreating, setIsCreating] = useState(false);
  const create = (
    <Button variant="primary" icon={<Plus size={16} />} onClick={() => setIsCreating(true)}>
      {copy.create}
    </Button>
  );
  return (
    <Page title={copy.title} description={copy.text} isWide actions={create}>
      <div className="overflow-hidden rounded-node has-[table]:border-x">
        <DataTable
          label={copy.title}
          columns={COLUMNS}
          rows={list.data?.results}
          rowId={(row) => row.id}
          problem={list.error ? asProblem(list.error) : null}
          onRetry={() => void list.refetch()}
          empty={<EmptyState icon={<VariableIcon size={24} />} title={copy.empty} />}
        />
      </div>
      <Pagination
        page={filters.page}
        pageSize={VARIABLES_PAGE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
      {isCreating ? <VariableDialog onClose={() => setIsCreating(false)} /> : null}
    </Page>
  );
}
