import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { Link, NavLink } from "react-router";
import { PageHeader } from "@/ui/PageHeader";
import { copy } from "./copy";
import { useWorkflowName } from "./useWorkflowName";

interface WorkflowFrameProps {
  readonly workflowId: string;
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

const PAGES = [
  ["", copy.editor],
  ["/versions", copy.versions],
  ["/triggers", copy.triggers],
  ["/tests", copy.tests],
] as const;

/** The frame of the screens that belong to one workflow. */
export function WorkflowFrame({ workflowId, title, description, actions, children }: WorkflowFrameProps) {
  const name = useWorkflowName(workflowId);
  const base = `/workflows/${encodeURIComponent(workflowId)}`;
  return (
    <div className="flex min-h-full flex-col">
      <title>{`${title} · ${name ?? copy.workflow} · ${copy.product}`}</title>
      <div className="flex min-h-12 flex-wrap items-center gap-x-4 border-b bg-surface px-6 max-md:px-4">
        <nav aria-label={copy.breadcrumb} className="flex min-w-0 items-center gap-1.5 py-2">
          <Link to="/workflows" className="text-muted hover:underline">
            {copy.workflows}
          </Link>
          <ChevronRight aria-hidden="true" size={16} strokeWidth={1.75} className="shrink-0 text-muted" />
          <Link to={base} className="min-w-0 truncate font-medium hover:underline">
            {name ?? (name === null ? copy.notFound : "…")}
          </Link>
        </nav>
        <nav aria-label={copy.workflow} className="flex gap-1 overflow-x-auto">
          {PAGES.map(([path, label]) => (
            <NavLink
              key={path}
              to={base + path}
              end
              className="flex h-12 shrink-0 items-center border-transparent border-b-2 px-2 text-muted -outline-offset-2 hover:text-text aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-text"
            >
              {label}
            </NavLink>
          ))}
          <Link
            to={`/runs?workflow=${encodeURIComponent(workflowId)}`}
            className="flex h-12 shrink-0 items-center border-transparent border-b-2 px-2 text-muted -outline-offset-2 hover:text-text"
          >
            {copy.runs}
          </Link>
        </nav>
      </div>
      <PageHeader title={title} description={description} actions={actions} />
      {children}
    </div>
  );
}
