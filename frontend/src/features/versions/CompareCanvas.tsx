import "@xyflow/react/dist/style.css";
import { Background, ReactFlow, ReactFlowProvider } from "@xyflow/react";
import { useMemo } from "react";
import type { Definition } from "@/domain/definition";
import type { DefinitionDiff } from "@/domain/diff";
import { useCatalogue } from "@/features/catalogue";
import { ComparedNode } from "./ComparedNode";
import { comparedGraph } from "./comparedGraph";
import { copy } from "./copy";

interface CompareCanvasProps {
  readonly before: Definition;
  readonly after: Definition;
  readonly diff: DefinitionDiff;
}

const NODE_TYPES = { compared: ComparedNode };

/** Both definitions on one canvas to look at: what came, what went as a ghost, what changed. */
export function CompareCanvas({ before, after, diff }: CompareCanvasProps) {
  const catalogue = useCatalogue();
  const graph = useMemo(() => comparedGraph(after, diff, catalogue.data), [after, diff, catalogue.data]);
  return (
    <section aria-label={copy.canvas} className="h-80 overflow-hidden rounded-node border bg-bg max-md:h-56">
      <ReactFlowProvider>
        <ReactFlow
          // A new pair of versions is fitted into view anew.
          key={`${before.nodes.length} ${after.nodes.length} ${diff.isEmpty}`}
          nodes={graph.nodes}
          edges={graph.edges}
          nodeTypes={NODE_TYPES}
          fitView
          fitViewOptions={{ maxZoom: 1, padding: 0.2 }}
          minZoom={0.05}
          nodesDraggable={false}
          nodesConnectable={false}
          elementsSelectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          zoomOnScroll={false}
          preventScrolling={false}
          proOptions={{ hideAttribution: true }}
        >
          <Background gap={16} color="var(--line)" />
        </ReactFlow>
      </ReactFlowProvider>
    </section>
  );
}
