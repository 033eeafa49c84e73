import { Plus } from "lucide-react";
import { useState } from "react";
import { useParams } from "react-router";
import { asProblem } from "@/api";
import { useFilters, WorkflowFrame } from "@/features/screen";
import { useRefusal } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Pagination } from "@/ui/Pagination";
import { Skeleton } from "@/ui/Skeleton";
import { ComparePanel } from "./ComparePanel";
import { copy } from "./copy";
import { KeepDialog } from "./KeepDialog";
import { PAGE_SIZE, type Side, useVersions } from "./queries";
import { VersionList } from "./VersionList";

function sideOf(text: string): Side | undefined {
  if (text === "draft") return "draft";
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}

/** A workflow's versions and what differs between two of them; both stand in the address. */
export function VersionsScreen() {
  const { workflowId = "" } = useParams();
  const filters = useFilters(["a", "b"]);
  const refusal = useRefusal(workflowId)("editor");
  const list = useVersions(workflowId, filters.page);
  const [isKeeping, setIsKeeping] = useState(false);
  const rows = list.data?.results;
  const newest = rows?.[0]?.number;
  const after = sideOf(filters.get("b")) ?? (filters.page === 1 ? newest : undefined);
  const before = sideOf(filters.get("a")) ?? (typeof after === "number" && after > 1 ? after - 1 : undefined);
  const compare = (a: Side, b: Side) => filters.setAll({ a: String(a), b: String(b) });
  return (
    <WorkflowFrame
      workflowId={workflowId}
      title={copy.title}
      description={copy.text}
      actions={
        <Button icon={<Plus size={16} />} refusal={refusal} onClick={() => setIsKeeping(true)}>
          {copy.name}
        </Button>
      }
    >
      {list.error && !rows ? (
        <ErrorState problem={asProblem(list.error)} onRetry={() => void list.refetch()} />
      ) : rows?.length === 0 ? (
        <EmptyState title={copy.empty} />
      ) : (
        <div className="grid min-h-0 flex-1 grid-cols-[340px_minmax(0,1fr)] border-t max-lg:grid-cols-1">
          <div className="min-w-0 border-r bg-surface max-lg:border-r-0 max-lg:border-b">
            {rows ? (
              <VersionList workflowId={workflowId} versions={rows} before={before} after={after} onCompare={compare} />
            ) : (
              <Skeleton className="m-4 h-64" />
            )}
            <Pagination
              page={filters.page}
              pageSize={PAGE_SIZE}
              count={list.data?.count ?? 0}
              isExact={list.data?.count_exact ?? true}
              onChange={filters.setPage}
            />
          </div>
          <ComparePanel
            workflowId={workflowId}
            versions={rows ?? []}
            before={before}
            after={after}
            onCompare={compare}
          />
        </div>
      )}
      {isKeeping ? <KeepDialog workflowId={workflowId} onClose={() => setIsKeeping(false)} /> : null}
    </WorkflowFrame>
  );
}
