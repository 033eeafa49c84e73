import { Link } from "react-router";
import { Chip } from "@/ui/Chip";
import type { Column } from "@/ui/DataTable";
import { StatusBadge } from "@/ui/StatusBadge";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import type { WorkflowSummary } from "./queries";
import { RowMenu } from "./RowMenu";

/** The columns of the list of workflows. */
export const columns: readonly Column<WorkflowSummary>[] = [
  {
    id: "name",
    header: copy.name,
    cell: (row) => (
      <Link to={`/workflows/${row.id}`} className="font-medium hover:underline">
        {row.name}
      </Link>
    ),
  },
  { id: "status", header: copy.status, cell: (row) => <StatusBadge status={row.status} /> },
  {
    id: "last_run",
    header: copy.lastRun,
    cell: (row) =>
      row.last_run ? (
        <span className="inline-flex items-center gap-2">
          <StatusBadge status={row.last_run.status} />
          <Time at={row.last_run.created_at} />
        </span>
      ) : (
        <Time at={null} />
      ),
  },
  {
    id: "triggers",
    header: copy.triggers,
    isSecondary: true,
    cell: (row) => <span className="text-muted">{row.trigger_kinds.map(words).join(", ") || "–"}</span>,
  },
  {
    id: "tags",
    header: copy.tags,
    isSecondary: true,
    cell: (row) => (
      <span className="flex flex-wrap gap-1">
        {row.tags.map((tag) => (
          <Chip key={tag}>{tag}</Chip>
        ))}
      </span>
    ),
  },
  { id: "updated", header: copy.changed, isSecondary: true, cell: (row) => <Time at={row.updated_at} /> },
  { id: "more", header: "", className: "w-12", cell: (row) => <RowMenu workflow={row} /> },
];

/** "webhook_trigger" reads "webhook". */
function words(kind: string): string {
  return kind.replace(/_trigger$/, "").replaceAll("_", " ");
}
