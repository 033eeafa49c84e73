import { setToolDescription } from "@/domain/commands";
import type { WorkflowNode } from "@/domain/definition";
import { Field } from "@/ui/Field";
import { Textarea } from "@/ui/Textarea";
import { copy } from "./copy";
import type { NodeViewProps } from "./nodeView";

interface ToolDescriptionProps extends Pick<NodeViewProps, "run" | "isReadOnly"> {
  readonly node: WorkflowNode;
}

/** What a model is told of a node that is a tool: by it, it decides when to use the tool. */
export function ToolDescription({ node, run, isReadOnly = false }: ToolDescriptionProps) {
  return (
    <Field path="tool_description" label={copy.node.toolDescription} help={copy.node.toolDescriptionHelp}>
      <Textarea
        value={node.data.tool_description ?? ""}
        placeholder={node.data.label}
        maxLength={4000}
        disabled={isReadOnly}
        onChange={({ target }) => run(setToolDescription(node.id, target.value))}
      />
    </Field>
  );
}
