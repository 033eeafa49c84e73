/** Ids of nodes and edges, and labels that stand once in a workflow. */

import { copy } from "./copy";
import type { Definition } from "./definition";

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

export type MakeId = (prefix: string) => string;

/** Return a short random id. `getRandomValues` exists on plain http too, where `randomUUID` does not. */
export const randomId: MakeId = (prefix) => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `${prefix}_${Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("")}`;
};

/** Return ids that a definition does not have yet. */
export function freshIds(definition: Definition, make: MakeId = randomId): MakeId {
  const taken = new Set([...definition.nodes, ...definition.edges].map((entry) => entry.id));
  return (prefix) => {
    let id = make(prefix);
    for (let number = 2; taken.has(id); number += 1) id = `${make(prefix).slice(0, 56)}_${number}`;
    taken.add(id);
    return id;
  };
}

/** Return the label, or with the first free number behind it. */
export function uniqueLabel(label: string, taken: ReadonlySet<string>): string {
  const wanted = label.trim().slice(0, 190) || copy.node;
  if (!taken.has(wanted)) return wanted;
  const stem = wanted.replace(/ \d{1,6}$/, "") || wanted;
  for (let number = 2; ; number += 1) {
    const next = `${stem} ${number}`;
    if (!taken.has(next)) return next;
  }
}

export function labelsOf(definition: Definition): Set<string> {
  return new Set(definition.nodes.map((node) => node.data.label).filter((label) => label !== ""));
}
