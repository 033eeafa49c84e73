import { setCredential } from "@/domain/commands";
import type { NodeType, WorkflowNode } from "@/domain/definition";
import { Field } from "@/ui/Field";
import { copy } from "./copy";
import { CredentialSelect } from "./credentials/CredentialSelect";
import type { NodeViewProps } from "./nodeView";

interface CredentialSlotsProps extends Pick<NodeViewProps, "run"> {
  readonly node: WorkflowNode;
  readonly type: NodeType;
  readonly problems: ReadonlyMap<string, string>;
  readonly isReadOnly: boolean;
}

/** The credentials that a node type asks for. */
export function CredentialSlots({ node, type, run, problems, isReadOnly }: CredentialSlotsProps) {
  return type.credentials.map(({ slot, types, required }) => (
    <Field
      key={slot}
      path={`credentials.${slot}`}
      label={type.credentials.length === 1 ? copy.credentials.single : copy.credentials.slot(slot)}
      isRequired={required}
      error={problems.get(slot)}
    >
      <CredentialSelect
        value={node.data.credentials[slot] ?? null}
        types={types}
        isDisabled={isReadOnly}
        onChange={(id) => run(setCredential(node.id, slot, id))}
      />
    </Field>
  ));
}
