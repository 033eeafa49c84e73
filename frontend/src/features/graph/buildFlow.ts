/** A definition as nodes and edges of the canvas; what did not change keeps its identity, so that it is not drawn again. */

import type { Catalogue } from "@/domain/catalogue";
import { type Definition, NOTE, type NodeType, type WorkflowEdge, type WorkflowNode } from "@/domain/definition";
import { sizeOf } from "@/domain/geometry";
import { createNodeList, loopHandles, returnsToLoop } from "@/domain/graph";
import { handlesOf, usedHandles } from "@/domain/handles";
import type { FlowEdge, FlowNode, NodeViewData } from "./flowTypes";
import { flowHandles, placeHandles } from "./handlePlaces";

export interface Flow {
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
}

interface KnownNode {
  readonly node: WorkflowNode;
  readonly type: NodeType | undefined;
  readonly key: string;
  readonly flow: FlowNode;
}

interface KnownEdge {
  readonly edge: WorkflowEdge;
  readonly key: string;
  readonly flow: FlowEdge;
}

export type FlowBuilder = (definition: Definition, catalogue: Catalogue) => Flow;

/** Returns a builder that remembers what it built last. */
export function createFlowBuilder(): FlowBuilder {
  let nodes = new Map<string, KnownNode>();
  let edges = new Map<string, KnownEdge>();
  const list = createNodeList();
  let around: Around | null = null;
  return (definition, catalogue) => {
    const names = list(definition.nodes);
    // Params change at each key; who stands beside whom does not.
    if (around?.names !== names || around.edges !== definition.edges) around = aroundOf(names, definition.edges);
    nodes = new Map(buildNodes(definition, catalogue, nodes, around).map((known) => [known.node.id, known]));
    edges = new Map(buildEdges(definition, catalogue, nodes, edges).map((known) => [known.edge.id, known]));
    return { nodes: [...nodes.values()].map(({ flow }) => flow), edges: [...edges.values()].map(({ flow }) => flow) };
  };
}

function buildNodes(
  definition: Definition,
  catalogue: Catalogue,
  before: Map<string, KnownNode>,
  { used, from, to, keys }: Around,
): KnownNode[] {
  const sides = (id: string) => ({ from: from.get(id) ?? "", to: to.get(id) ?? "" });
  return definition.nodes.map((node) => {
    const type = catalogue.find(node.type, node.data.version);
    const pins = Object.values(definition.pinned_data[node.id] ?? {});
    const pinned = pins.length === 0 ? null : pins.reduce((sum, items) => sum + items.length, 0);
    const key = `${pinned} ${keys.get(node.id)}`;
    const known = before.get(node.id);
    if (known !== undefined && known.node === node && known.type === type && known.key === key) return known;
    const data: NodeViewData = { node, type, handles: handlesOf(node, type, used), pinned, ...sides(node.id) };
    // A move alone changes the place, and nothing that is drawn inside.
    const isMoved = known !== undefined && known.type === type && known.key === key && known.node.data === node.data;
    return { node, type, key, flow: flowNode(isMoved && known.node.type === node.type ? known.flow.data : data, node) };
  });
}

function flowNode(data: NodeViewData, node: WorkflowNode): FlowNode {
  const size = sizeOf(node, data.handles);
  return {
    id: node.id,
    type: node.type === NOTE ? "note" : "node",
    position: node.position,
    data,
    ...size,
    // Its size is known: nothing has to be drawn before it can be fitted, culled or connected.
    measured: size,
    handles: flowHandles(placeHandles(data.handles, size)),
    zIndex: node.type === NOTE ? -1 : 0,
    // The name and role of a node stand on what is drawn inside.
    domAttributes: { "aria-roledescription": undefined },
  };
}

/** What stands around each node: which of its handles are connected, and the labels of who is on either side. */
interface Around {
  readonly names: readonly WorkflowNode[];
  readonly edges: readonly WorkflowEdge[];
  readonly used: ReturnType<typeof usedHandles>;
  readonly from: ReadonlyMap<string, string>;
  readonly to: ReadonlyMap<string, string>;
  /** All of it as one text each, by node. */
  readonly keys: ReadonlyMap<string, string>;
}

function aroundOf(names: readonly WorkflowNode[], edges: readonly WorkflowEdge[]): Around {
  const used = usedHandles(edges);
  const labels = new Map(names.map((node) => [node.id, node.data.label]));
  const [from, to] = [new Map<string, string>(), new Map<string, string>()];
  const add = (side: Map<string, string>, id: string, label = "") => {
    const known = side.get(id);
    side.set(id, known === undefined ? label : `${known}, ${label}`);
  };
  for (const edge of edges) {
    add(from, edge.target, labels.get(edge.source));
    add(to, edge.source, labels.get(edge.target));
  }
  const keys = new Map(
    names.map(({ id }) => {
      const handles = used.get(id);
      return [
        id,
        JSON.stringify([[...(handles?.inputs ?? [])], [...(handles?.outputs ?? [])], from.get(id), to.get(id)]),
      ];
    }),
  );
  return { names, edges, used, from, to, keys };
}

function buildEdges(
  definition: Definition,
  catalogue: Catalogue,
  nodes: Map<string, KnownNode>,
  before: Map<string, KnownEdge>,
): KnownEdge[] {
  const loops = loopHandles(definition, catalogue);
  return definition.edges.flatMap((edge): KnownEdge[] => {
    const [source, target] = [nodes.get(edge.source), nodes.get(edge.target)];
    if (source === undefined || target === undefined) return [];
    const output = source.flow.data.handles.outputs.find((handle) => handle.name === edge.sourceHandle);
    const input = target.flow.data.handles.inputs.find((handle) => handle.name === edge.targetHandle);
    const isDisabled = [source, target].some(({ node }) => node.data.settings.disabled === true);
    const data = {
      edge,
      isBack: loops.has(edge.target) && returnsToLoop(definition.edges, loops, edge),
      isMissing: output?.missing !== false || input?.missing !== false,
      isDisabled,
      isError: output?.isError === true,
      isBeside: output !== undefined && !output.missing && output.gives !== "items",
    };
    const key = [data.isBack, data.isMissing, data.isDisabled, data.isError, data.isBeside].join();
    const known = before.get(edge.id);
    if (known !== undefined && known.edge === edge && known.key === key) return [known];
    const { id, sourceHandle, targetHandle } = edge;
    const flow: FlowEdge = {
      id,
      type: "edge",
      source: edge.source,
      target: edge.target,
      sourceHandle,
      targetHandle,
      data,
    };
    return [{ edge, key, flow }];
  });
}
