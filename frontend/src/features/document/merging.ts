/** Bringing together what was changed here and what others saved; loaded when somebody else saved for the first time. */

import type { Definition } from "@/domain/definition";
import { sameJson } from "@/domain/json";
import { type Choice, conflictKey, mergeDefinitions, resolveConflict } from "@/domain/merge";
import { type Base, documentStore } from "./documentStore";

/** Merges what others saved into what is here, or leaves the conflict. Returns how many nodes came from them. */
export function mergeTheirs(theirs: Base): number {
  const { base, definition: mine, adopt } = documentStore.getState();
  const { definition, conflicts, fromTheirs } = mergeDefinitions(base.definition, mine, theirs.definition);
  if (conflicts.length > 0) {
    const conflict = { theirs, merged: definition, conflicts, mine };
    documentStore.setState({ saveState: "conflict", conflict });
    return 0;
  }
  const isSame = sameJson({ ...definition, viewport: null }, { ...theirs.definition, viewport: null });
  adopt(definition, theirs, isSame);
  return fromTheirs.length;
}

/** Decides a conflict: mine stays where nothing else is chosen. What was changed meanwhile is merged as well. */
export function decideConflict(choices: ReadonlyMap<string, Choice>): void {
  const { base, conflict, definition, adopt } = documentStore.getState();
  if (conflict === null) return;
  const merged = mergeDefinitions(base.definition, definition, conflict.theirs.definition);
  const decided = merged.conflicts.reduce<Definition>(
    (made, one) => resolveConflict(made, one, choices.get(conflictKey(one)) ?? "mine"),
    merged.definition,
  );
  adopt(decided, conflict.theirs, false);
}
