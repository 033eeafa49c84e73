/** Connecting, disconnecting and re-attaching. Whether two handles fit is asked before, with `canConnect`. */

import type { WorkflowEdge } from "../definition";
import { freshIds, type MakeId } from "../ids";
import type { Command } from "./command";
import { copy } from "./copy";

type Ends = Pick<WorkflowEdge, "source" | "sourceHandle" | "target" | "targetHandle">;

function sameEnds(one: Ends, other: Ends): boolean {
  return (
    one.source === other.source &&
    one.sourceHandle === other.sourceHandle &&
    one.target === other.target &&
    one.targetHandle === other.targetHandle
  );
}

export function connect(ends: Ends, makeId?: MakeId): Command {
  return {
    name: "connect",
    label: copy.connect,
    recipe(draft) {
      const known = new Set(draft.nodes.map((node) => node.id));
      if (!known.has(ends.source) || !known.has(ends.target)) return undefined;
      if (draft.edges.some((edge) => sameEnds(edge, ends))) return undefined;
      const { source, sourceHandle, target, targetHandle } = ends;
      const id = freshIds(draft, makeId)("e");
      draft.edges.push({ id, source, sourceHandle, target, targetHandle });
      return { created: [id] };
    },
  };
}

export function disconnect(ids: readonly string[]): Command {
  return {
    name: "disconnect",
    label: copy.disconnect(ids.length),
    recipe(draft) {
      draft.edges = draft.edges.filter((edge) => !ids.includes(edge.id));
      return undefined;
    },
  };
}

/** Lead an edge from or to somewhere else; it keeps its id and its place. */
export function reattach(id: string, ends: Ends): Command {
  return {
    name: "reattach",
    label: copy.reattach,
    recipe(draft) {
      const known = new Set(draft.nodes.map((node) => node.id));
      const edge = draft.edges.find((entry) => entry.id === id);
      const doubled = draft.edges.some((other) => other.id !== id && sameEnds(other, ends));
      if (edge === undefined || doubled || !known.has(ends.source) || !known.has(ends.target)) return undefined;
      edge.source = ends.source;
      edge.sourceHandle = ends.sourceHandle;
      edge.target = ends.target;
      edge.targetHandle = ends.targetHandle;
      return undefined;
    },
  };
}
