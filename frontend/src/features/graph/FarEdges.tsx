import { getBezierPath, type NodeHandle, Position, ViewportPortal } from "@xyflow/react";
import { useMemo } from "react";
import { itemCount } from "@/domain/runState";
import { useLiveRun } from "@/features/liveRun";
import { backPath } from "./edgePath";
import type { FlowEdge, FlowNode } from "./flowTypes";
import { useGraph } from "./graphStore";

interface FarEdgesProps {
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
}

const NONE: readonly FlowEdge[] = [];

function endOf(node: FlowNode | undefined, type: "source" | "target", name: string | null | undefined) {
  const handle: NodeHandle | undefined = node?.handles?.find((one) => one.type === type && one.id === name);
  if (node === undefined || handle === undefined) return null;
  const { x, y } = node.position;
  const [width, height] = [handle.width ?? 0, handle.height ?? 0];
  return { x: x + handle.x + width / 2, y: y + handle.y + height / 2, position: handle.position };
}

function pathOf(edge: FlowEdge, nodes: ReadonlyMap<string, FlowNode>): string {
  const from = endOf(nodes.get(edge.source), "source", edge.sourceHandle);
  const to = endOf(nodes.get(edge.target), "target", edge.targetHandle);
  if (from === null || to === null) return "";
  const ends = { sourceX: from.x, sourceY: from.y, targetX: to.x, targetY: to.y };
  const positions = { sourcePosition: from.position ?? Position.Right, targetPosition: to.position ?? Position.Left };
  return (edge.data?.isBack ? backPath(ends) : getBezierPath({ ...ends, ...positions }))[0];
}

/** All edges seen from afar, as two lines: those that items went through, and the others. */
export function FarEdges({ nodes, edges }: FarEdgesProps) {
  const isFar = useGraph((state) => state.isFar);
  const runs = useLiveRun((live) => (isFar ? live.byNode : null));
  const shown = isFar ? edges : NONE;
  const [plain, used] = useMemo(() => {
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const lines: [string[], string[]] = [[], []];
    for (const edge of shown) {
      const count = itemCount(runs?.get(edge.source), edge.sourceHandle ?? "main") ?? 0;
      lines[count > 0 ? 1 : 0].push(pathOf(edge, byId));
    }
    return [lines[0].join(" "), lines[1].join(" ")];
  }, [nodes, shown, runs]);
  if (!isFar) return null;
  return (
    <ViewportPortal>
      <svg aria-hidden="true" className="graph-far-edges">
        <path d={plain} />
        <path d={used} className="is-used" />
      </svg>
    </ViewportPortal>
  );
}
