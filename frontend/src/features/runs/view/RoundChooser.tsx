import { ChevronLeft, ChevronRight } from "lucide-react";
import { iterationsOf } from "@/domain/runState";
import { lastStep } from "@/domain/timeline";
import { useLiveRun } from "@/features/liveRun";
import { IconButton } from "@/ui/IconButton";
import { copy } from "../copy";
import type { Choice } from "./choice";

interface RoundChooserProps {
  readonly choice: Choice;
  readonly onChoose: (choice: Choice) => void;
}

/** Steps through the rounds in which a node of a loop ran. */
export function RoundChooser({ choice: { nodeId, path }, onChoose }: RoundChooserProps) {
  const run = useLiveRun((live) => live.run);
  const paths = iterationsOf(run, nodeId);
  if (paths.length < 2) return null;
  const at = paths.indexOf(path);
  const go = (next: string | undefined) => next !== undefined && onChoose({ nodeId, path: next });
  return (
    <span className="flex items-center">
      <IconButton
        size="small"
        label={copy.previousRound}
        icon={<ChevronLeft size={16} />}
        disabled={at <= 0}
        onClick={() => go(paths[at - 1])}
      />
      <span className="whitespace-nowrap text-meta tabular-nums">{nameOf(path)}</span>
      <IconButton
        size="small"
        label={copy.nextRound}
        icon={<ChevronRight size={16} />}
        disabled={at >= paths.length - 1}
        onClick={() => go(paths[at + 1])}
      />
    </span>
  );
}

/** "Round 2 · 5" is the fifth round in the second one of the loop around it. */
function nameOf(path: string): string {
  if (path === "") return copy.wholeLoop;
  const rounds = path.split("/").map((step) => (lastStep(step)?.round ?? 0) + 1);
  return copy.roundName(rounds.join(" · "));
}
