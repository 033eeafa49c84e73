import { useState } from "react";
import { asProblem } from "@/api";
import { Page, useFilters } from "@/features/screen";
import { Badge } from "@/ui/Badge";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { Pagination } from "@/ui/Pagination";
import { Select } from "@/ui/Select";
import { Time } from "@/ui/Time";
import type { Tone } from "@/ui/tones";
import { CleanButton } from "./CleanButton";
import { copy } from "./copy";
import { LetterDialog } from "./LetterDialog";
import { type DeadLetter, PAGE_SIZE, useDeadLetterStats, useDeadLetters } from "./queries";

type Status = DeadLetter["status"];
const STATUSES: readonly Status[] = ["pending", "retrying", "resolved", "expired"];
const TONES: Readonly<Record<Status, Tone>> = { pending: "err", retrying: "warn", resolved: "ok", expired: "skip" };

function columnsOf(onOpen: (letter: DeadLetter) => void): Column<DeadLetter>[] {
  return [
    {
      id: "task",
      header: copy.task,
      cell: (row) => (
        <button
          type="button"
          aria-label={copy.openLetter(row.task_name)}
          className="min-w-0 max-w-160 text-left"
          onClick={() => onOpen(row)}
        >
          <span className="block break-all font-medium hover:underline">{row.task_name}</span>
          <span className="line-clamp-2 break-words text-err text-meta">{row.exception}</span>
        </button>
      ),
    },
    {
      id: "status",
      header: copy.status,
      cell: ({ status }) => <Badge tone={TONES[status]}>{copy.statuses[status]}</Badge>,
    },
    { id: "retries", header: copy.retries, isSecondary: true, cell: ({ retries }) => retries },
    { id: "failed", header: copy.failed, isSecondary: true, cell: ({ created_at }) => <Time at={created_at} /> },
    { id: "expires", header: copy.expires, isSecondary: true, cell: ({ expires_at }) => <Time at={expires_at} /> },
  ];
}

/** Background tasks that failed for good. */
export function DeadLettersPage() {
  const filters = useFilters(["status", "task"]);
  const status = STATUSES.find((one) => one === filters.get("status")) ?? "";
  const list = useDeadLetters({ status, task: filters.get("task"), page: filters.page });
  const stats = useDeadLetterStats();
  const [opened, setOpened] = useState<DeadLetter>();
  const { by_status = {}, pending_by_task = {} } = stats.data ?? {};
  const tasks = new Set([...Object.keys(pending_by_task), filters.get("task")].filter(Boolean));
  return (
    <Page title={copy.deadLetters} description={copy.deadLettersText} isWide actions={<CleanButton />}>
      <search className="flex flex-wrap items-center gap-2">
        <Select
          aria-label={copy.status}
          className="max-w-48"
          value={status}
          options={[
            { value: "" as const, label: copy.anyStatus },
            ...STATUSES.map((value) => ({ value, label: `${copy.statuses[value]} (${by_status[value] ?? 0})` })),
          ]}
          onChange={(value) => filters.set("status", value)}
        />
        <Select
          aria-label={copy.task}
          className="max-w-80"
          value={filters.get("task")}
          options={[
            { value: "", label: copy.anyTask },
            ...[...tasks].map((task) => ({ value: task, label: `${task} (${pending_by_task[task] ?? 0})` })),
          ]}
          onChange={(value) => filters.set("task", value)}
        />
      </search>
      <div className="overflow-hidden rounded-node has-[table]:border-x">
        <DataTable
          label={copy.deadLetters}
          columns={columnsOf(setOpened)}
          rows={list.data?.results}
          rowId={(row) => row.id}
          problem={list.error ? asProblem(list.error) : null}
          onRetry={() => void list.refetch()}
          empty={<EmptyState title={filters.isFiltered ? copy.deadNothing : copy.deadEmpty} />}
        />
      </div>
      <Pagination
        page={filters.page}
        pageSize={PAGE_SIZE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
      {opened ? <LetterDialog letter={opened} onClose={() => setOpened(undefined)} /> : null}
    </Page>
  );
}
