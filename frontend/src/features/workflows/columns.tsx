import { Link } from "react-router";
import { sharingCopy } from "@/features/sharing";
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
    cell: ({ id, name, description, owner, my_role: role }) => (
      <div className="min-w-0 max-w-100 max-lg:max-w-56 max-md:max-w-[40vw]">
        <Link className="block truncate font-medium hover:underline" to={`/workflows/${encodeURIComponent(id)}`}>
          {name}
        </Link>
        {description ? <p className="truncate text-meta text-muted">{description}</p> : null}
        {owner ? (
          <p className="truncate text-meta text-muted">
            {`${sharingCopy.sharedBy(owner.name || owner.email)} · ${sharingCopy.roles[role]}`}
          </p>
        ) : null}
      </div>
    ),
  },
  {
    id: "status",
    header: copy.status,
    cell: ({ id, status, has_undeployed_changes: isAhead, trigger_problems: problems }) => (
      <span className="flex flex-wrap items-center gap-2">
        <StatusBadge status={status} />
        {status === "active" && isAhead ? <span className="text-meta text-muted">{copy.undeployed}</span> : null}
        {problems > 0 ? (
          <Link className="text-err text-meta hover:underline" to={`/workflows/${encodeURIComponent(id)}/triggers`}>
            {copy.triggerProblems(problems)}
          </Link>
        ) : null}
      </span>
    ),
  },
  {
    id: "run",
    header: copy.lastRun,
    isSecondary: true,
    cell: ({ id, last_run: run }) =>
      run ? (
        <Link
          className="flex items-center gap-2 hover:underline"
          to={`/workflows/${encodeURIComponent(id)}/runs/${encodeURIComponent(run.id)}`}
        >
          <StatusBadge status={run.status} />
          <Time at={run.created_at} />
        </Link>
      ) : (
        <span className="text-muted">{copy.never}</span>
      ),
  },
  {
    id: "triggers",
    header: copy.triggers,
    isSecondary: true,
    className: "max-lg:hidden",
    cell: ({ trigger_kinds: kinds }) =>
      kinds.map((kind) => kind.replace(/_trigger$/, "").replaceAll("_", " ")).join(", "),
  },
  {
    id: "tags",
    header: copy.tags,
    isSecondary: true,
    className: "max-lg:hidden",
    cell: ({ tags }) => (
      <span className="flex flex-wrap gap-1">
        {tags.map((tag) => (
          <Link key={tag} to={`/workflows?tag=${encodeURIComponent(tag)}`} aria-label={copy.showTag(tag)}>
            <Chip>{tag}</Chip>
          </Link>
        ))}
      </span>
    ),
  },
  {
    id: "updated",
    header: copy.updated,
    isSecondary: true,
    className: "max-lg:hidden",
    cell: ({ updated_at }) => <Time at={updated_at} />,
  },
  { id: "menu", header: "", className: "w-12", cell: (workflow) => <RowMenu workflow={workflow} /> },
];
