import type { ReactNode } from "react";
import { renameNode } from "@/domain/commands";
import type { NodeType, WorkflowNode } from "@/domain/definition";
import { isObject } from "@/domain/json";
import { Icon } from "@/ui/Icon";
import { toast } from "@/ui/toast";
import { copy } from "./copy";
import { NameInput } from "./NameInput";
import { NodeHelp } from "./NodeHelp";
import type { NodeViewProps } from "./nodeView";

interface NodeHeaderProps extends Pick<NodeViewProps, "run" | "isReadOnly" | "refusal"> {
  readonly node: WorkflowNode;
  readonly type: NodeType | undefined;
  readonly children?: ReactNode;
}

/** A node's icon, name and kind; the name is written right here. */
export function NodeHeader({ node, type, run, isReadOnly = false, refusal, children }: NodeHeaderProps) {
  const rename = (name: string) => {
    const change: unknown = run(renameNode(node.id, name));
    const count = isObject(change) && typeof change.references === "number" ? change.references : 0;
    if (count > 0) toast({ kind: "info", text: copy.node.renamed(count) });
  };
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-3 border-b px-4 py-2.5">
      <span
        aria-hidden="true"
        className="flex size-8 shrink-0 items-center justify-center rounded-node text-on-accent"
        style={{ backgroundColor: `var(--category-${type?.category ?? "code"}, var(--accent))` }}
      >
        <Icon name={type?.icon} size={16} />
      </span>
      <div data-field="label" className="min-w-0 flex-1">
        <NameInput
          key={`${node.id}:${node.data.label}`}
          name={node.data.label}
          isReadOnly={isReadOnly}
          onRename={rename}
        />
        <p className="truncate px-1 text-meta text-muted">{type?.label ?? node.type}</p>
      </div>
      {type ? <NodeHelp type={type} /> : null}
      {children}
      {refusal ? <p className="basis-full text-meta text-muted">{refusal}</p> : null}
    </header>
  );
}
