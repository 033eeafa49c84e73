import { asProblem } from "@/api";
import { WorkflowLink } from "@/features/screen";
import { Badge } from "@/ui/Badge";
import { type Column, DataTable } from "@/ui/DataTable";
import { copy } from "./copy";
import { useUsage } from "./queries";

type Use = NonNullable<ReturnType<typeof useUsage>["data"]>["results"][number];

const columns: readonly Column<Use>[] = [
  {
    id: "workflow",
    header: copy.workflow,
    cell: ({ workflow_id, node_id }) => (
      <WorkflowLink id={workflow_id} search={`?node=${encodeURIComponent(node_id)}`} />
    ),
  },
  { id: "node", header: copy.node, cell: ({ node_id }) => <span className="font-mono text-meta">{node_id}</span> },
  { id: "slot", header: copy.slot, isSecondary: true, cell: ({ slot }) => slot },
  {
    id: "state",
    header: copy.health,
    cell: ({ is_deployed }) => (
      <Badge tone={is_deployed ? "ok" : "neutral"}>{is_deployed ? copy.deployed : copy.draft}</Badge>
    ),
  },
];

/** The workflows and nodes that need a credential. */
export function Usage({ id }: { readonly id: string }) {
  const uses = useUsage(id);
  return (
    <DataTable
      label={copy.usedBy}
      columns={columns}
      rows={uses.data?.results}
      rowId={(row) => `${row.workflow_id} ${row.node_id} ${row.slot} ${row.is_deployed}`}
      problem={uses.error ? asProblem(uses.error) : null}
      onRetry={() => void uses.refetch()}
      empty={<p className="text-muted">{copy.noUse}</p>}
    />
  );
}
