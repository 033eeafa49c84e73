import { useState } from "react";
import { Button } from "@/ui/Button";
import { copy } from "../copy";
import { isActive, type RunSummary } from "../queries";
import { BulkDialog } from "./BulkDialog";
import type { BulkTarget, BulkVerb } from "./bulk";
import type { BulkFilter } from "./filters";

interface BulkBarProps {
  /** The chosen runs of this page. */
  readonly chosen: readonly RunSummary[];
  /** All that the filters find, where a bulk verb can say the same. */
  readonly matching: { readonly filter: BulkFilter; readonly count: string } | null;
  readonly onClear: () => void;
}

/** What can be done with many runs at once. */
export function BulkBar({ chosen, matching, onClear }: BulkBarProps) {
  const [asked, setAsked] = useState<{ readonly verb: BulkVerb; readonly target: BulkTarget } | null>(null);
  const [takesAll, setTakesAll] = useState(false);
  if (chosen.length === 0 && !asked) return null;
  const all = takesAll && matching ? matching : null;
  const ended = chosen.filter((run) => !isActive(run.status));
  const active = chosen.filter((run) => isActive(run.status));
  const ask = (verb: BulkVerb, runs: readonly RunSummary[]) =>
    setAsked({ verb, target: all ? { filter: all.filter } : { ids: runs.map((run) => run.id) } });
  const clear = () => {
    setTakesAll(false);
    onClear();
  };
  return (
    <>
      <div className="flex min-h-12 flex-wrap items-center gap-2 border-t bg-accent-tint px-6 py-2 max-md:px-4">
        <span role="status" className="font-medium">
          {all ? copy.allMatching(all.count) : copy.selected(chosen.length)}
        </span>
        {matching && !all ? (
          <Button size="small" variant="ghost" onClick={() => setTakesAll(true)}>
            {copy.selectMatching(matching.count)}
          </Button>
        ) : null}
        <span className="flex-1" />
        <Button size="small" disabled={!all && ended.length === 0} onClick={() => ask("retry", ended)}>
          {copy.rerunMany}
        </Button>
        <Button
          size="small"
          variant="danger"
          disabled={!all && active.length === 0}
          onClick={() => ask("stop", active)}
        >
          {copy.stopMany}
        </Button>
        <Button size="small" variant="ghost" onClick={clear}>
          {copy.clearSelection}
        </Button>
      </div>
      {asked ? <BulkDialog {...asked} onClose={() => setAsked(null)} onDone={clear} /> : null}
    </>
  );
}
