import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useMemo, useState } from "react";
import type { Catalogue } from "@/domain/catalogue";
import type { Definition } from "@/domain/definition";
import { copy } from "./copy";
import { fittedZoom } from "./fittedZoom";
import { GraphCanvas } from "./GraphCanvas";
import { GraphControls } from "./GraphControls";
import { createGraphStore, GraphContext, type Marks } from "./graphStore";
import { type GraphSelection, NOTHING_SELECTED, useFlow } from "./useFlow";

interface GraphViewProps {
  readonly definition: Definition;
  readonly catalogue: Catalogue;
  readonly label?: string;
  readonly selected?: string | null;
  readonly onSelect?: (nodeId: string | null) => void;
  readonly onOpen?: (nodeId: string) => void;
  /** How it differs from another definition. */
  readonly marks?: Marks;
}

const MANY = 30;
const NO_MARKS: Marks = new Map();

/** A workflow to look at: a run, a version. What ran is read from the run store around it. */
export function GraphView(props: GraphViewProps) {
  const { marks = NO_MARKS } = props;
  const [store] = useState(() => createGraphStore(fittedZoom(props.definition)));
  useEffect(() => store.setState({ marks }), [store, marks]);
  const context = useMemo(() => ({ store, actions: null }), [store]);
  return (
    <GraphContext value={context}>
      <ReactFlowProvider>
        <ViewedGraph {...props} />
      </ReactFlowProvider>
    </GraphContext>
  );
}

function ViewedGraph({ definition, catalogue, label = copy.canvas, selected, onSelect, onOpen }: GraphViewProps) {
  const [own, setOwn] = useState<GraphSelection>(NOTHING_SELECTED);
  const [hasMinimap, setHasMinimap] = useState(definition.nodes.length >= MANY);
  const selection = useMemo(
    () =>
      selected === undefined ? own : { nodes: new Set(selected === null ? [] : [selected]), edges: new Set<string>() },
    [selected, own],
  );
  const flow = useFlow(definition, catalogue, selection, (next) => {
    setOwn(next);
    onSelect?.([...next.nodes].at(-1) ?? null);
  });
  return (
    <GraphCanvas
      {...flow}
      fitView
      nodesDraggable={false}
      nodesConnectable={false}
      selectionKeyCode={null}
      multiSelectionKeyCode={null}
      aria-label={label}
      onNodeDoubleClick={(_, node) => onOpen?.(node.id)}
    >
      <GraphControls hasMinimap={hasMinimap} onToggleMinimap={() => setHasMinimap(!hasMinimap)} />
    </GraphCanvas>
  );
}
