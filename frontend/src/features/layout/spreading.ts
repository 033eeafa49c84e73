import type { Catalogue } from "@/domain/catalogue";
import { type Definition, NOTE } from "@/domain/definition";
import { besideNeighbours, withPlaces } from "@/domain/placing";
import { placesOf } from "./layoutWorker";

/** Returns the definition with the nodes of a heap laid out, its notes below them; notes that stand elsewhere stay. */
export async function spread(
  definition: Definition,
  catalogue: Catalogue,
  heap: ReadonlySet<string>,
): Promise<Definition> {
  const notes = new Set(definition.nodes.filter((node) => node.type === NOTE).map((node) => node.id));
  const places = (await placesOf(definition, catalogue)) ?? {};
  const nodes = Object.fromEntries(Object.entries(places).filter(([id]) => !notes.has(id)));
  const made = withPlaces(definition, nodes);
  return withPlaces(made, besideNeighbours(made, new Set([...notes].filter((id) => heap.has(id)))));
}
