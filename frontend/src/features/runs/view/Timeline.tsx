import { useMemo, useState } from "react";
import { type RunState, runKey } from "@/domain/runState";
import { ancestorsOf, rowsOf, spanOf, type TimelineEntry, timelineOf } from "@/domain/timeline";
import { durationText } from "@/ui/timeText";
import { useNow } from "@/ui/useNow";
import { VirtualList } from "@/ui/VirtualList";
import { copy } from "../copy";
import type { Choice } from "./choice";
import { TimelineRowView } from "./TimelineRowView";

interface TimelineProps {
  readonly run: RunState;
  readonly choice: Choice | null;
  readonly onChoose: (choice: Choice) => void;
}

const FEW_ROUNDS = 5;
const LIVE_MS = 500;
const STILL_MS = 600_000;

/** Node runs in the order of their start, rounds under their loop, each with a bar where it stands in time. */
export function Timeline({ run, choice, onChoose }: TimelineProps) {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const now = useNow(run.isFinal ? STILL_MS : LIVE_MS);
  const { runs } = run;
  const tree = useMemo(() => timelineOf(runs), [runs]);
  const chosen = choice ? runKey(choice.nodeId, choice.path) : null;
  const above = new Set(choice ? ancestorsOf(choice.nodeId, choice.path) : []);
  const isOpen = (entry: TimelineEntry) =>
    toggled.get(entry.key) ??
    (above.has(entry.key) || (entry.round === null ? entry.children.length <= FEW_ROUNDS : entry.holdsFailure));
  if (tree.length === 0) return <p className="p-4 text-muted">{run.isFinal ? copy.nothingRan : copy.noNodes}</p>;
  const rows = rowsOf(tree, isOpen);
  const span = spanOf(runs.values(), now);
  const at = rows.findIndex((row) => row.key === chosen);
  const [half, whole] = [durationText((span.to - span.from) / 2), durationText(span.to - span.from)];
  return (
    <>
      <div aria-hidden="true" className="@container shrink-0 text-meta text-muted tabular-nums">
        {/* Where there is little room, names have it instead of bars. */}
        <div className="hidden justify-end gap-3 border-b px-3 py-1 @2xl:flex">
          <span className="flex w-[42cqw] justify-between">
            <span>0</span>
            {half === whole ? null : <span>{half}</span>}
            <span>{whole}</span>
          </span>
          <span className="w-20" />
        </div>
      </div>
      <VirtualList
        label={copy.timeline}
        className="flex-1"
        items={rows}
        estimate={36}
        {...(at >= 0 ? { scrollTo: at } : {})}
        itemKey={(row) => row.key}
        render={(row) => (
          <TimelineRowView
            row={row}
            span={span}
            now={now}
            isChosen={row.key === chosen}
            onChoose={() => onChoose({ nodeId: row.run.nodeId, path: row.run.path })}
            onToggle={() => setToggled(new Map(toggled).set(row.key, !row.isOpen))}
          />
        )}
      />
    </>
  );
}
