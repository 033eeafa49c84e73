import { ChevronLeft, ChevronRight } from "lucide-react";
import { useMemo, useRef } from "react";
import { iterationsOf } from "@/domain/runState";
import { lastStep } from "@/domain/timeline";
import { useLiveRun } from "@/features/liveRun";
import { IconButton } from "@/ui/IconButton";
import { useCommands } from "@/ui/useCommands";
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
  const at = paths.indexOf(path);
  const go = (next: string | undefined) => next !== undefined && onChoose({ nodeId, path: next });
  const step = useRef((_by: number) => {});
  step.current = (by) => go(paths[at + by]);
  const commands = useMemo(
    () => [
      { id: "round-before", label: copy.previousRound, group: copy.title, keys: "[", run: () => step.current(-1) },
      { id: "round-after", label: copy.nextRound, group: copy.title, keys: "]", run: () => step.current(1) },
    ],
    [],
  );
  useCommands("run-rounds", commands);
  if (paths.length < 2) return null;
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
