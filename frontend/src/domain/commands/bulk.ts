/** Many nodes at once: paste, duplicate, a new layout, a whole other definition. */

import { type Clip, type CredentialPolicy, clipOf, planted } from "../clipboard";
import type { Definition, Point } from "../definition";
import { GRID } from "../geometry";
import type { MakeId } from "../ids";
import { sameJson } from "../json";
import { type Command, nodeIn } from "./command";
import { copy } from "./copy";

export interface PasteOptions {
  credentials: CredentialPolicy;
  makeId?: MakeId;
}

/** Paste a clip, moved by an offset. */
export function paste(clip: Clip, offset: Point, options: PasteOptions): Command {
  return pasting("paste", copy.paste(clip.nodes.length), clip, offset, options);
}

/** Paste a clip so that its upper left corner stands at a place. */
export function pasteAt(clip: Clip, place: Point, options: PasteOptions): Command {
  const x = Math.min(...clip.nodes.map((node) => node.position.x));
  const y = Math.min(...clip.nodes.map((node) => node.position.y));
  const offset = clip.nodes.length === 0 ? { x: 0, y: 0 } : { x: place.x - x, y: place.y - y };
  return paste(clip, offset, options);
}

/** Copy nodes and the edges between them, two grid steps down and right. */
export function duplicate(definition: Definition, ids: readonly string[], makeId?: MakeId): Command {
  const offset = { x: 2 * GRID, y: 2 * GRID };
  const options: PasteOptions = makeId === undefined ? { credentials: "all" } : { credentials: "all", makeId };
  return pasting("duplicate", copy.duplicate(ids.length), clipOf(definition, ids), offset, options);
}

function pasting(
  name: "paste" | "duplicate",
  label: string,
  clip: Clip,
  offset: Point,
  options: PasteOptions,
): Command {
  return {
    name,
    label,
    recipe(draft) {
      const made = planted(clip, draft, offset, options.credentials, options.makeId);
      draft.nodes.push(...made.nodes);
      draft.edges.push(...made.edges);
      Object.assign(draft.pinned_data, made.pinned_data);
      return { created: made.nodes.map((node) => node.id) };
    },
  };
}

/** Take over the places that a layout computed. */
export function applyLayout(places: Readonly<Record<string, Point>>): Command {
  return {
    name: "layout",
    label: copy.tidy,
    recipe(draft) {
      for (const [id, place] of Object.entries(places)) {
        const node = nodeIn(draft, id);
        if (node) node.position = { x: place.x, y: place.y };
      }
      return undefined;
    },
  };
}

/** Replace the definition by another one in one step: a proposal, a restored version, a merge. */
export function replaceDefinition(next: Definition, label: string): Command {
  return {
    name: "replace",
    label,
    recipe(draft) {
      const known = new Map(draft.nodes.map((node) => [node.id, node]));
      draft.nodes = next.nodes.map((node) => {
        const old = known.get(node.id);
        return old !== undefined && sameJson(old, node) ? old : node;
      });
      draft.edges = next.edges;
      draft.settings = next.settings;
      draft.pinned_data = next.pinned_data;
      return undefined;
    },
  };
}
