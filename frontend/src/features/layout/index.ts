import type { Catalogue } from "@/domain/catalogue";
import type { Definition } from "@/domain/definition";
import { heapOf } from "@/domain/placing";
import type { placesOf as Laying } from "./layoutWorker";

/** As its namesake, which comes with the first layout. */
export const placesOf: typeof Laying = async (...args) => await (await import("./layoutWorker")).placesOf(...args);

/**
 * Returns the definition as it can be looked at: one whose nodes all stand in one place is laid out as *Tidy* does it,
 * any other comes back as it is, and asks for no catalogue. Throws where the layout fails.
 */
export async function laidOut(
  definition: Definition,
  catalogue: () => Catalogue | Promise<Catalogue>,
): Promise<Definition> {
  const heap = heapOf(definition);
  if (heap.size === 0) return definition;
  return await (await import("./spreading")).spread(definition, await catalogue(), heap);
}
