/** A command: a named change of a definition, performed on a draft and kept as patches there and back. */

import { original, produce } from "immer";
import type { Definition, WorkflowNode } from "../definition";
import { applyPatches, type Patch, patchesBetween, type Touched, touchedBy } from "../patches";

export type CommandName =
  | "add_node"
  | "insert_node"
  | "move"
  | "resize"
  | "delete"
  | "connect"
  | "disconnect"
  | "reattach"
  | "set_param"
  | "rename"
  | "disable"
  | "pin"
  | "note"
  | "node_settings"
  | "node_version"
  | "tool_description"
  | "credential"
  | "workflow_setting"
  | "paste"
  | "duplicate"
  | "layout"
  | "replace";

/** What a command found out while it changed the draft. */
export interface CommandInfo {
  label?: string;
  created?: string[];
  references?: number;
}

export interface Command {
  name: CommandName;
  /** What the step is called, "Move 3 nodes"; a recipe may name it better. */
  label: string;
  /** Quick changes with the same key are one entry of the history. */
  joinKey?: string;
  recipe(draft: Definition): CommandInfo | undefined;
}

export interface Change {
  name: CommandName;
  label: string;
  joinKey: string | null;
  definition: Definition;
  forward: Patch[];
  backward: Patch[];
  touched: Touched;
  created: string[];
  references: number;
}

/** Perform a command. A change without patches changed nothing. */
export function perform(definition: Definition, command: Command): Change {
  let info: CommandInfo = {};
  const after = produce(definition, (draft) => {
    info = command.recipe(draft) ?? {};
  });
  const forward = patchesBetween(definition, after);
  return {
    name: command.name,
    label: info.label ?? command.label,
    joinKey: command.joinKey ?? null,
    definition: forward.length === 0 ? definition : after,
    forward,
    backward: patchesBetween(after, definition),
    touched: touchedBy(forward),
    created: info.created ?? [],
    references: info.references ?? 0,
  };
}

export function invert(change: Change, definition: Definition): Definition {
  return applyPatches(definition, change.backward);
}

export function reapply(change: Change, definition: Definition): Definition {
  return applyPatches(definition, change.forward);
}

/**
 * Return a node of a draft by its id, before nodes were added or taken away. It is looked for in the original: each
 * node that is only looked at in a draft would cost a proxy.
 */
export function nodeIn(draft: Definition, id: string | undefined): WorkflowNode | undefined {
  const at = (original(draft.nodes) ?? draft.nodes).findIndex((node) => node.id === id);
  return draft.nodes[at];
}
