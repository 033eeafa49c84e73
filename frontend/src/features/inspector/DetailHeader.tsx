import { ArrowLeft, ArrowRight, Play, X } from "lucide-react";
import type { NodeType, WorkflowNode } from "@/domain/definition";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { copy } from "./copy";
import type { NodeDetailProps } from "./NodeDetail";
import { NodeHeader } from "./NodeHeader";

interface DetailHeaderProps extends NodeDetailProps {
  readonly node: WorkflowNode;
  readonly type: NodeType | undefined;
}

/** A node's name, the nodes beside it, and what runs it. */
export function DetailHeader(props: DetailHeaderProps) {
  const { node, definition, isReadOnly = false, isRunning = false, onRun, onClose, onSelectNode } = props;
  const previous = definition.edges.find((edge) => edge.target === node.id)?.source;
  const next = definition.edges.find((edge) => edge.source === node.id)?.target;
  return (
    <NodeHeader {...props}>
      <IconButton
        label={copy.node.previous}
        icon={<ArrowLeft size={16} strokeWidth={1.75} />}
        disabled={previous === undefined}
        onClick={() => previous !== undefined && onSelectNode(previous)}
      />
      <IconButton
        label={copy.node.next}
        icon={<ArrowRight size={16} strokeWidth={1.75} />}
        disabled={next === undefined}
        onClick={() => next !== undefined && onSelectNode(next)}
      />
      {onRun && !isReadOnly ? (
        <Button
          icon={<Play size={16} strokeWidth={1.75} />}
          isBusy={isRunning}
          onClick={() => onRun(node.id, "to")}
          className="max-md:hidden"
        >
          {copy.node.runTo}
        </Button>
      ) : null}
      <IconButton label={copy.node.close} icon={<X size={16} strokeWidth={1.75} />} onClick={onClose} />
    </NodeHeader>
  );
}
