import { applyNodeChanges, type EdgeChange, type NodeChange } from "@xyflow/react";
import { useCallback, useMemo, useRef, useState } from "react";
import type { Catalogue } from "@/domain/catalogue";
import type { Definition } from "@/domain/definition";
import { createFlowBuilder, type Flow } from "./buildFlow";
import type { FlowEdge, FlowNode } from "./flowTypes";

export interface GraphSelection {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
}

export const NOTHING_SELECTED: GraphSelection = { nodes: new Set(), edges: new Set() };

interface Shown {
  readonly built: Flow;
  readonly selection: GraphSelection;
  readonly nodes: FlowNode[];
  readonly edges: FlowEdge[];
}

/**
 * A definition as the canvas shows it. Places live here while nodes are dragged; the definition learns of them at the
 * end. What is selected is said from outside, and told by `onSelect`.
 */
export function useFlow(
  definition: Definition,
  catalogue: Catalogue,
  selection: GraphSelection,
  onSelect: (selection: GraphSelection) => void,
) {
  const [build] = useState(createFlowBuilder);
  const { nodes: wanted, edges: links, pinned_data: pins } = definition;
  // biome-ignore lint/correctness/useExhaustiveDependencies: settings and viewport are not drawn
  const built = useMemo(() => build(definition, catalogue), [build, wanted, links, pins, catalogue]);
  const [held, setShown] = useState<Shown>(() => merged({ nodes: [], edges: [] }, built, selection));
  const shown = held.built === built && held.selection === selection ? held : merged(held, built, selection);
  if (shown !== held) setShown(shown);
  const now = useRef(selection);
  now.current = selection;
  const select = useCallback(
    (part: "nodes" | "edges", changes: readonly { readonly id: string; readonly selected: boolean }[]) => {
      if (changes.length === 0) return;
      const ids = new Set(now.current[part]);
      for (const { id, selected } of changes) {
        if (selected) ids.add(id);
        else ids.delete(id);
      }
      now.current = { ...now.current, [part]: ids };
      onSelect(now.current);
    },
    [onSelect],
  );
  const onNodesChange = useCallback(
    (changes: NodeChange<FlowNode>[]) => {
      const moving = changes.filter((change) => change.type === "position" || change.type === "dimensions");
      if (moving.length > 0) setShown((old) => ({ ...old, nodes: applyNodeChanges(moving, old.nodes) }));
      select(
        "nodes",
        changes.filter((change) => change.type === "select"),
      );
    },
    [select],
  );
  const onEdgesChange = useCallback(
    (changes: EdgeChange<FlowEdge>[]) =>
      select(
        "edges",
        changes.filter((change) => change.type === "select"),
      ),
    [select],
  );
  return { nodes: shown.nodes, edges: shown.edges, onNodesChange, onEdgesChange };
}

function merged(
  before: Pick<Shown, "nodes" | "edges"> & { built?: Flow },
  built: Flow,
  selection: GraphSelection,
): Shown {
  const nodes = new Map(before.nodes.map((node) => [node.id, node]));
  const edges = new Map(before.edges.map((edge) => [edge.id, edge]));
  const old = new Map(before.built?.nodes.map((node) => [node.id, node]));
  return {
    built,
    selection,
    nodes: built.nodes.map((node) => {
      const known = nodes.get(node.id);
      const selected = selection.nodes.has(node.id);
      if (known === undefined) return { ...node, selected };
      // Built the same as before: only what is selected may have changed, and a drag goes on.
      if (old.get(node.id) === node) return known.selected === selected ? known : { ...known, selected };
      return { ...node, selected, ...(known.dragging ? { dragging: true } : {}) };
    }),
    edges: built.edges.map((edge) => {
      const known = edges.get(edge.id);
      const selected = selection.edges.has(edge.id);
      if (known === undefined) return { ...edge, selected };
      return known.data === edge.data && known.selected === selected ? known : { ...edge, selected };
    }),
  };
}
