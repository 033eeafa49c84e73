import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api";
import { Page, useAction, useFilters } from "@/features/screen";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { Pagination } from "@/ui/Pagination";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { PAGE_SIZE, releaseIp, useBlocked } from "./queries";

/** Addresses that are shut out, and letting them in again. */
export function BlockedPage() {
  const filters = useFilters([]);
  const list = useBlocked(filters.page);
  const [leaving, setLeaving] = useState<string>();
  const release = useAction(releaseIp, {
    refresh: ["admin"],
    done: copy.released(leaving ?? ""),
    onDone: () => setLeaving(undefined),
  });
  return (
    <Page title={copy.blocked} description={copy.blockedText} isWide>
      <div className="overflow-hidden rounded-node has-[table]:border-x">
        <DataTable
          label={copy.blocked}
          columns={[
            {
              id: "ip",
              header: copy.address,
              cell: ({ ip, reason }) => (
                <div className="min-w-0">
                  <p className="break-all font-medium font-mono">{ip}</p>
                  <p className="break-words text-meta text-muted">{reason.replaceAll("_", " ")}</p>
                </div>
              ),
            },
            { id: "times", header: copy.times, isSecondary: true, cell: ({ times }) => times },
            { id: "until", header: copy.until, cell: ({ until }) => <Time at={until} /> },
            {
              id: "do",
              header: "",
              className: "w-28 text-right",
              cell: ({ ip }) => (
                <Button size="small" aria-label={copy.releaseAddress(ip)} onClick={() => setLeaving(ip)}>
                  {copy.release}
                </Button>
              ),
            },
          ]}
          rows={list.data?.results}
          rowId={(row) => row.ip}
          problem={list.error ? asProblem(list.error) : null}
          onRetry={() => void list.refetch()}
          empty={<EmptyState icon={<ShieldCheck size={24} />} title={copy.blockedEmpty} />}
        />
      </div>
      <Pagination
        page={filters.page}
        pageSize={PAGE_SIZE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
      <ConfirmDialog
        isOpen={leaving !== undefined}
        title={copy.releaseTitle(leaving ?? "")}
        consequence={copy.releaseText}
        confirmLabel={copy.release}
        isDangerous={false}
        isBusy={release.isBusy}
        onConfirm={() => leaving !== undefined && release.run(leaving)}
        onClose={() => setLeaving(undefined)}
      />
    </Page>
  );
}
