import { Play } from "lucide-react";
import type { WorkflowNode } from "@/domain/definition";
import { Button } from "@/ui/Button";
import { copy } from "./copy";
import type { NodeViewProps } from "./nodeView";

interface EmptyOutputProps extends Pick<NodeViewProps, "onRun" | "isRunning" | "isReadOnly"> {
  readonly node: WorkflowNode;
  readonly hasRun: boolean;
  readonly onPaste: () => void;
}

/** An output that is not there yet, and the ways to one. */
export function EmptyOutput({ node, onRun, isRunning = false, isReadOnly = false, onPaste }: EmptyOutputProps) {
  return (
    <div className="flex flex-col items-start gap-2 p-4">
      <p className="text-muted">{copy.data.noOutput}</p>
      {isReadOnly ? null : (
        <div className="flex flex-wrap gap-2">
          {onRun ? (
            <>
              <Button
                variant="primary"
                icon={<Play size={16} strokeWidth={1.75} />}
                isBusy={isRunning}
                onClick={() => onRun(node.id, "to")}
              >
                {copy.node.runTo}
              </Button>
              <Button disabled={isRunning} onClick={() => onRun(node.id, "only")}>
                {copy.node.run}
              </Button>
            </>
          ) : null}
          <Button variant={onRun ? "ghost" : "secondary"} onClick={onPaste}>
            {copy.data.pasteSample}
          </Button>
        </div>
      )}
    </div>
  );
}
