/** What stands in a node: params, label, notes, settings, credentials; and the workflow's settings. */

import type { Definition, NodeSettings, WorkflowNode } from "../definition";
import { renameReferences } from "../expression";
import { uniqueLabel } from "../ids";
import { type Json, mapStrings } from "../json";
import { dotted, type Path, setIn } from "../paths";
import { type Command, type CommandInfo, nodeIn } from "./command";
import { copy } from "./copy";

function withNode(
  draft: Definition,
  id: string,
  change: (node: WorkflowNode) => CommandInfo | undefined,
): CommandInfo | undefined {
  const node = nodeIn(draft, id);
  return node === undefined ? undefined : change(node);
}

/** Set a param, `undefined` taking it away. Typing on in one field is one step. */
export function setParam(id: string, path: Path, value: Json | undefined, fieldLabel?: string): Command {
  return {
    name: "set_param",
    label: copy.param(fieldLabel ?? dotted(path)),
    joinKey: `param:${id}:${JSON.stringify(path)}`,
    recipe: (draft) =>
      withNode(draft, id, (node) => {
        if (path.length > 0) node.data.params = setIn(node.data.params, path, value);
        return node.data.label ? { label: copy.param(fieldLabel ?? dotted(path), node.data.label) } : undefined;
      }),
  };
}

/** Rename a node and rewrite what refers to it in all params; says how many references that were. */
export function renameNode(id: string, wanted: string): Command {
  return {
    name: "rename",
    label: copy.rename(wanted.trim()),
    recipe: (draft) =>
      withNode(draft, id, (node) => {
        const old = node.data.label;
        if (wanted.trim() === "" || wanted.trim() === old) return undefined;
        const taken = new Set(draft.nodes.filter((other) => other.id !== id).map((other) => other.data.label));
        const label = uniqueLabel(wanted, taken);
        node.data.label = label;
        let references = 0;
        if (old === "" || taken.has(old)) return { label: copy.rename(label) }; // the label still means another node
        for (const other of draft.nodes) {
          const params = mapStrings(other.data.params, (text) => {
            const renamed = renameReferences(text, old, label);
            references += renamed.count;
            return renamed.text;
          });
          // Strings alone were mapped: params stay an object.
          if (params !== other.data.params) other.data.params = params as WorkflowNode["data"]["params"];
        }
        return { references, label: copy.rename(label, old) };
      }),
  };
}

/** Set the text of a sticky note, or its tint. */
export function setNote(id: string, change: { text?: string; color?: string }): Command {
  return {
    name: "note",
    label: copy.note,
    joinKey: `note:${id}:${Object.keys(change).join()}`,
    recipe: (draft) =>
      withNode(draft, id, (node) => {
        node.data.params = { ...node.data.params, ...change };
        return undefined;
      }),
  };
}

/** Set some of a node's settings; what is `undefined` goes back to its default. */
export function setNodeSettings(
  id: string,
  change: { [Name in keyof NodeSettings]?: NodeSettings[Name] | undefined },
): Command {
  return {
    name: "node_settings",
    label: copy.settings(),
    joinKey: `settings:${id}:${Object.keys(change).join()}`,
    recipe: (draft) =>
      withNode(draft, id, (node) => {
        const kept = Object.entries({ ...node.data.settings, ...change }).filter(([, value]) => value !== undefined);
        // Only known settings were set, each to a value of its type, and what is undefined was left out.
        node.data.settings = Object.fromEntries(kept) as NodeSettings;
        return { label: copy.settings(node.data.label) };
      }),
  };
}

/** Say what a model is told of a tool; an empty text goes back to its label. */
export function setToolDescription(id: string, text: string): Command {
  return {
    name: "tool_description",
    label: copy.toolDescription(),
    joinKey: `tool:${id}`,
    recipe: (draft) =>
      withNode(draft, id, (node) => {
        if (text === "") delete node.data.tool_description;
        else node.data.tool_description = text;
        return { label: copy.toolDescription(node.data.label) };
      }),
  };
}

export function setNodeVersion(id: string, version: number): Command {
  return {
    name: "node_version",
    label: copy.version(),
    recipe: (draft) =>
      withNode(draft, id, (node) => {
        node.data.version = version;
        return { label: copy.version(node.data.label) };
      }),
  };
}

export function setCredential(id: string, slot: string, credential: string | null): Command {
  return {
    name: "credential",
    label: credential === null ? copy.removeCredential : copy.chooseCredential,
    recipe: (draft) =>
      withNode(draft, id, (node) => {
        if (credential === null) delete node.data.credentials[slot];
        else node.data.credentials[slot] = credential;
        return undefined;
      }),
  };
}

export function setWorkflowSetting(name: string, value: Json | undefined): Command {
  return {
    name: "workflow_setting",
    label: copy.workflow(name),
    joinKey: `workflow:${name}`,
    recipe(draft) {
      draft.settings = setIn(draft.settings, [name], value);
      return undefined;
    },
  };
}
