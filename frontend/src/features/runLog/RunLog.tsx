import { useMemo, useState } from "react";
import { asProblem } from "@/api";
import type { RunState } from "@/domain/runState";
import { Button } from "@/ui/Button";
import { Checkbox } from "@/ui/Checkbox";
import { cx } from "@/ui/cx";
import { ErrorState } from "@/ui/ErrorState";
import { Select } from "@/ui/Select";
import { Skeleton } from "@/ui/Skeleton";
import { VirtualList } from "@/ui/VirtualList";
import { copy } from "./copy";
import type { Level, Line } from "./logLines";
import { useLogLines } from "./queries";

interface RunLogProps {
  readonly id: string;
  readonly run: RunState;
  /** The node that lines can be narrowed to. */
  readonly nodeId: string | null;
  readonly onChoose: (turn: { readonly nodeId: string; readonly path: string }) => void;
}

const COLOURS: Readonly<Record<Level, string>> = { info: "", warning: "text-warn", error: "text-err" };
const LEVELS: Readonly<Record<Level, number>> = { info: 0, warning: 1, error: 2 };
const levels = [
  { value: "info", label: copy.levels.info },
  { value: "warning", label: copy.levels.warning },
  { value: "error", label: copy.levels.error },
] as const;

/** What nodes printed and where they failed, in time. */
export function RunLog({ id, run, nodeId: chosen, onChoose }: RunLogProps) {
  const [least, setLeast] = useState<Level>("info");
  const [isOnlyNode, setIsOnlyNode] = useState(false);
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useLogLines(id);
  const nodeId = isOnlyNode && chosen !== null ? chosen : undefined;
  const lines = useMemo(
    () =>
      [...(data?.pages.flatMap((page) => page.lines) ?? []), ...told(run)]
        .filter((line) => LEVELS[line.level] >= LEVELS[least] && (nodeId === undefined || line.nodeId === nodeId))
        .sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0)),
    [data, run, least, nodeId],
  );
  if (error && !data) return <ErrorState isCompact problem={asProblem(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="m-4 h-24" />;
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b px-3 py-1.5">
        <Select aria-label={copy.level} className="max-w-44" value={least} options={levels} onChange={setLeast} />
        <Checkbox label={copy.onlyNode} checked={isOnlyNode} disabled={chosen === null} onChange={setIsOnlyNode} />
        {hasNextPage ? (
          <Button size="small" variant="ghost" isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {copy.more}
          </Button>
        ) : null}
      </div>
      {lines.length === 0 ? (
        <p className="p-4 text-muted">{copy.noLines}</p>
      ) : (
        <VirtualList
          label={copy.title}
          role="log"
          isFollowing={!run.isFinal}
          className="flex-1 py-1 font-mono text-meta"
          items={lines}
          estimate={20}
          itemKey={(line) => line.key}
          render={(line) => (
            <button
              type="button"
              disabled={line.nodeId === null}
              onClick={() => line.nodeId !== null && onChoose({ nodeId: line.nodeId, path: line.path })}
              className="flex w-full gap-3 px-3 py-0.5 text-left -outline-offset-2 hover:bg-raised/60"
            >
              <span className="shrink-0 text-muted max-md:hidden">{timeOf(line.at)}</span>
              <span className="w-36 shrink-0 truncate text-muted max-md:w-20">{line.label}</span>
              <span className={cx("min-w-0 flex-1 whitespace-pre-wrap break-words", COLOURS[line.level])}>
                {line.text}
              </span>
            </button>
          )}
        />
      )}
    </>
  );
}

/** What came by the stream: lines with a time of their own. */
function told(run: RunState): Line[] {
  return run.logs.map((line, at) => ({
    key: `${line.seq}:${at}`,
    at: line.at,
    nodeId: line.nodeId,
    label: line.nodeId === null ? "" : labelOf(run, line.nodeId),
    path: line.path,
    level: line.level === "error" || line.level === "warning" ? line.level : "info",
    text: line.message,
  }));
}

function labelOf(run: RunState, nodeId: string): string {
  for (const state of run.runs.values()) if (state.nodeId === nodeId) return state.label;
  return nodeId;
}

function timeOf(at: string): string {
  const moment = new Date(at);
  return `${moment.toLocaleTimeString(undefined, { hour12: false })}.${String(moment.getMilliseconds()).padStart(3, "0")}`;
}
