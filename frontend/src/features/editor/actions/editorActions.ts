/** What can be done in the editor, by whatever key, button or menu: each ends in a command of the domain. */

import type { Catalogue } from "@/domain/catalogue";
import {
  addNode,
  type Change,
  type Command,
  deleteSelection,
  duplicate,
  insertOnEdge,
  renameNode,
  setDisabled,
} from "@/domain/commands";
import { MAIN, NOTE, type NodeType, type Point } from "@/domain/definition";
import { NODE_HEIGHT, NODE_WIDTH, pushedDown, roughRects } from "@/domain/geometry";
import { firstOutput, handlesOf, inputFor, outputFor } from "@/domain/handles";
import { documentStore } from "@/features/document";
import { toast } from "@/ui/toast";
import { copy } from "../copy";
import type { ViewportControl } from "../editorContext";
import { currentNode, editorStore, type PaletteAsk, say, select } from "../editorStore";
import { focusFirstRequired } from "./focusField";
import { noteRecent } from "./recent";

export interface ActionContext {
  readonly catalogue: () => Catalogue;
  readonly viewport: ViewportControl;
}

export type EditorActions = ReturnType<typeof createActions>;

const NOTE_TYPE = { kind: NOTE, version: 1, label: "Note" };

export function createActions({ catalogue, viewport }: ActionContext) {
  const definition = () => documentStore.getState().definition;
  const run = (command: Command): Change => documentStore.getState().run(command);
  const chosen = () => [...editorStore.getState().selection.nodes];

  const typeOf = (id: string): NodeType | undefined => {
    const node = definition().nodes.find((entry) => entry.id === id);
    return node && catalogue().find(node.type, node.data.version);
  };

  /** Adds a node of a type where the palette was asked for one. */
  function choose(type: NodeType, ask: PaletteAsk): void {
    editorStore.setState({ palette: null });
    noteRecent(type.kind);
    const change = run(commandFor(type, ask));
    select(change.created);
    say(change.label);
    viewport.reveal(change.created);
    if (!focusFirstRequired(type, change.created[0])) viewport.focus();
  }

  function commandFor(type: NodeType, ask: PaletteAsk): Command {
    if (ask.kind === "edge") {
      const input = inputFor(type, "items") ?? MAIN;
      const output = outputFor(type, "items") ?? MAIN;
      return insertOnEdge({ edge: ask.edge, node: { type }, input, output });
    }
    const position = ask.at === undefined ? {} : { position: ask.at };
    if (ask.kind === "from") {
      const input = inputFor(type, ask.gives);
      const from = input === null ? {} : { from: { node: ask.node, handle: ask.handle, input } };
      return addNode({ type, ...from, ...position });
    }
    if (ask.kind === "to") {
      const output = outputFor(type, ask.accepts);
      const isBeside = ask.accepts !== "items";
      const to = output === null ? {} : { to: { node: ask.node, handle: ask.handle, output, isBeside } };
      return addNode({ type, ...to, ...position });
    }
    return addNode({ type, position: ask.at ?? freePlace() });
  }

  /** Returns where a node stands in the middle of what is seen, or as far below as needed to cover no other one. */
  function freePlace(): Point {
    const { nodes, edges } = definition();
    const wanted = { ...centred(viewport.middle()), width: NODE_WIDTH, height: NODE_HEIGHT };
    return pushedDown(wanted, roughRects(nodes, edges));
  }

  /** Asks for a node behind the chosen one, or anywhere. */
  function add(): void {
    const ids = chosen();
    const [id] = ids;
    editorStore.setState({ palette: (ids.length === 1 && id !== undefined ? behind(id) : null) ?? { kind: "free" } });
  }

  /** Asks for a node that takes what one gives: by the handle that is named, else by the first free one. */
  function behind(id: string, handle?: string): PaletteAsk | null {
    const node = definition().nodes.find((entry) => entry.id === id);
    if (node === undefined) return null;
    const handles = handlesOf(node, typeOf(id), definition().edges);
    const free = handles.outputs.find((one) => !one.isIdle && !one.isError && !one.connected && !one.missing);
    const name = handle ?? free?.name ?? firstOutput(handles);
    const output = handles.outputs.find((one) => one.name === name);
    return output === undefined ? null : { kind: "from", node: id, handle: output.name, gives: output.gives };
  }

  /** Asks for a node that fills a slot. */
  function beside(id: string, slot: string): PaletteAsk | null {
    const node = definition().nodes.find((entry) => entry.id === id);
    const inputs = node === undefined ? [] : handlesOf(node, typeOf(id), definition().edges).inputs;
    const found = inputs.find((one) => one.name === slot);
    return found === undefined ? null : { kind: "to", node: id, handle: slot, accepts: found.gives };
  }

  function addNote(at: Point = viewport.middle()): void {
    const change = run(addNode({ type: NOTE_TYPE, position: { x: at.x - 120, y: at.y - 80 } }));
    select(change.created);
    viewport.reveal(change.created);
  }

  function remove(gaps: "close" | "leave" = "close"): void {
    const { nodes, edges } = editorStore.getState().selection;
    if (nodes.size + edges.size === 0) return;
    const change = run(deleteSelection([...nodes], [...edges], gaps));
    if (change.forward.length === 0) return;
    select([]);
    say(change.label);
    const text = nodes.size > 0 ? copy.deleted(nodes.size) : copy.disconnected(edges.size);
    toast({ text, action: { label: copy.undo, onSelect: undo } });
  }

  function step(move: "undo" | "redo"): void {
    const label = documentStore.getState()[move]();
    if (label === null) return;
    const { touched, definition: now } = documentStore.getState();
    const known = new Set(now.nodes.map((node) => node.id));
    const nodes = touched.nodes.filter((id) => known.has(id));
    if (nodes.length > 0) viewport.reveal(nodes);
    const { selection } = editorStore.getState();
    select(
      [...selection.nodes].filter((id) => known.has(id)),
      [...selection.edges].filter((id) => now.edges.some((edge) => edge.id === id)),
    );
    say(copy.didStep(move, label));
  }
  const undo = () => step("undo");
  const redo = () => step("redo");

  function duplicateChosen(): void {
    const ids = chosen();
    if (ids.length > 0) select(run(duplicate(definition(), ids)).created);
  }

  function toggleDisabled(): void {
    const ids = chosen().filter((id) => definition().nodes.find((node) => node.id === id)?.type !== NOTE);
    if (ids.length === 0) return;
    const isOn = ids.some((id) => !definition().nodes.find((node) => node.id === id)?.data.settings.disabled);
    say(run(setDisabled(ids, isOn)).label);
  }

  function rename(id: string, name: string): void {
    editorStore.setState({ renaming: null });
    const { references } = run(renameNode(id, name));
    if (references > 0) toast({ text: copy.renamed(references) });
    viewport.focus();
  }

  function askName(): void {
    const id = currentNode();
    if (id !== undefined && typeOf(id) !== undefined) editorStore.setState({ renaming: id });
  }

  function openDetail(id: string | undefined = currentNode()): void {
    const node = definition().nodes.find((entry) => entry.id === id);
    if (node === undefined) return;
    select([node.id]);
    if (node.type !== NOTE) editorStore.setState({ detailNode: node.id });
  }

  const selectAll = () => select(definition().nodes.map((node) => node.id));

  return {
    run,
    typeOf,
    choose,
    add,
    behind,
    beside,
    addNote,
    remove,
    undo,
    redo,
    duplicate: duplicateChosen,
    toggleDisabled,
    rename,
    askName,
    openDetail,
    selectAll,
  };
}

/** Returns where a node's corner stands so that its middle is at a place. */
export function centred(place: Point): Point {
  return { x: place.x - NODE_WIDTH / 2, y: place.y - NODE_HEIGHT / 2 };
}
