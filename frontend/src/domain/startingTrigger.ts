/** At which trigger a run from the editor starts. */

import type { Definition } from "./definition";

interface Given {
  readonly definition: Pick<Definition, "nodes" | "edges">;
  readonly isTrigger: (nodeId: string) => boolean;
  readonly chosen: ReadonlySet<string>;
}

/**
 * Return the trigger that is chosen, where one is; else one that leads somewhere, where another leads nowhere, as that of
 * a new workflow does once a second one was added. Undefined: the server says at which.
 */
export function startingTrigger({ definition, isTrigger, chosen }: Given): string | undefined {
  const [id, ...others] = chosen;
  if (id !== undefined && others.length === 0 && isTrigger(id)) return id;
  const triggers = definition.nodes.filter((node) => isTrigger(node.id) && node.data.settings.disabled !== true);
  const leading = triggers.filter((node) => definition.edges.some((edge) => edge.source === node.id));
  return leading.length < triggers.length ? leading[0]?.id : undefined;
}
