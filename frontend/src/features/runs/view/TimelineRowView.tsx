import { ChevronRight } from "lucide-react";
import { barOf, type TimelineRow } from "@/domain/timeline";
import { cx } from "@/ui/cx";
import { Duration } from "@/ui/Duration";
import { StatusBadge } from "@/ui/StatusBadge";
import { copy } from "../copy";

interface TimelineRowViewProps {
  readonly row: TimelineRow;
  readonly span: { readonly from: number; readonly to: number };
  readonly now: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly onToggle: () => void;
}

const BARS: Readonly<Record<string, string>> = {
  completed: "bg-ok",
  failed: "bg-err",
  running: "bg-run",
  retrying: "bg-warn",
  waiting: "bg-wait",
};
const INDENT_PX = 18;

/** One node run of the timeline. */
export function TimelineRowView({ row, span, now, isChosen, onChoose, onToggle }: TimelineRowViewProps) {
  const { run, round, depth, children, isOpen } = row;
  const name = round === null ? run.label || run.nodeId : copy.round(round);
  const goesOn = run.finishedAt === null && (run.status === "running" || run.status === "waiting");
  return (
    <div className={cx("@container flex min-h-9 items-center border-b pr-3", isChosen && "bg-accent-tint")}>
      <span className="flex h-9 shrink-0 items-center justify-end" style={{ width: 28 + depth * INDENT_PX }}>
        {children.length > 0 ? (
          <button
            type="button"
            aria-expanded={isOpen}
            aria-label={isOpen ? copy.close1(name) : copy.open1(name)}
            onClick={onToggle}
            className="flex size-6 items-center justify-center rounded-control text-muted hover:bg-raised"
          >
            <ChevronRight
              aria-hidden="true"
              size={14}
              strokeWidth={2}
              className={cx("transition-transform", isOpen && "rotate-90")}
            />
          </button>
        ) : null}
      </span>
      <button
        type="button"
        aria-current={isChosen}
        onClick={onChoose}
        className="flex min-h-9 min-w-0 flex-1 items-center gap-3 pl-1 text-left -outline-offset-2 hover:bg-raised/60"
      >
        <span className="flex min-w-0 flex-1 items-center gap-2">
          <span
            title={name}
            className={cx("line-clamp-2 break-words @2xl:line-clamp-1", round === null ? "font-medium" : "text-muted")}
          >
            {name}
          </span>
          {children.length > 0 && round === null ? (
            <span className="shrink-0 text-meta text-muted">{copy.rounds(children.length)}</span>
          ) : null}
          {run.reused ? <Tag>{copy.reused}</Tag> : null}
          {run.pinned ? <Tag>{copy.pinned}</Tag> : null}
          {run.attempt > 1 ? <Tag>{copy.attempt(run.attempt)}</Tag> : null}
        </span>
        <StatusBadge status={run.status} />
        <Bar row={row} span={span} now={now} />
        <span className="w-14 shrink-0 text-right text-muted @2xl:w-20">
          {run.status === "skipped" ? null : <Duration ms={run.durationMs} since={goesOn ? run.startedAt : null} />}
        </span>
      </button>
    </div>
  );
}

function Tag({ children }: { readonly children: string }) {
  return <span className="shrink-0 rounded-control bg-raised px-1.5 text-meta text-muted">{children}</span>;
}

/** Where it stands in the run, with each attempt that failed before the last one. */
function Bar({ row: { run }, span, now }: Pick<TimelineRowViewProps, "row" | "span" | "now">) {
  const whole = span.to - span.from;
  const [start, end] = barOf(run, now);
  const share = (ms: number) => `${Math.min(100, Math.max(0, (ms / whole) * 100))}%`;
  const tries = run.attempts.filter((one) => one.error !== null && one.number < run.attempt);
  return (
    <span aria-hidden="true" className="relative hidden h-2 w-[42cqw] shrink-0 rounded-full bg-raised @2xl:block">
      {run.reused || run.status === "skipped" ? null : (
        <span
          className={cx("absolute h-2 min-w-1 rounded-full", BARS[run.status] ?? "bg-skip")}
          style={{ left: `min(${share(start - span.from)}, calc(100% - 4px))`, width: share(end - start) }}
        />
      )}
      {tries.map((one) => (
        <span
          key={one.number}
          className="absolute h-2 w-1 rounded-full bg-err"
          style={{ left: share(Date.parse(one.finished_at ?? one.started_at ?? "") - span.from) }}
        />
      ))}
    </span>
  );
}
