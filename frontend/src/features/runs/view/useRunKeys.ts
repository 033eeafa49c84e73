import { useMemo } from "react";
import { useCommands } from "@/ui/useCommands";
import { copy } from "../copy";

interface RunKeys {
  readonly canStop: boolean;
  readonly canRerun: boolean;
  readonly onStop: () => void;
  readonly onRerun: () => void;
}

/** Offers what can be done with a run by key and in the command palette. Keep the functions stable. */
export function useRunKeys({ canStop, canRerun, onStop, onRerun }: RunKeys): void {
  const commands = useMemo(
    () =>
      canStop
        ? [{ id: "run-stop", label: copy.stopRun, group: copy.title, keys: "mod+.", run: onStop }]
        : canRerun
          ? [{ id: "run-again", label: copy.rerunFromHere, group: copy.title, keys: "shift+r", run: onRerun }]
          : [],
    [canStop, canRerun, onStop, onRerun],
  );
  useCommands("run", commands);
}
