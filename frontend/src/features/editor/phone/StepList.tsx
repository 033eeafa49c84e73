import { useMemo, useState } from "react";
import { type Diagnostic, NOTE } from "@/domain/definition";
import { loopHandles, topological } from "@/domain/graph";
import { useDocument } from "@/features/document";
import { EmptyState } from "@/ui/EmptyState";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { StepRow } from "./StepRow";

/** All steps in the order they run; one at a time shows what it does and gave. */
export function StepList({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }) {
  const { catalogue } = useEditorContext();
  const definition = useDocument((state) => state.definition);
  const [opened, setOpened] = useState<string | null>(null);
  const nodes = useMemo(() => {
    const byId = new Map(definition.nodes.map((node) => [node.id, node]));
    return topological(definition, loopHandles(definition, catalogue))
      .flatMap((id) => byId.get(id) ?? [])
      .filter((node) => node.type !== NOTE);
  }, [definition, catalogue]);
  if (nodes.length === 0) return <EmptyState title={copy.outlineEmpty} />;
  return (
    <ol aria-label={copy.phone.steps} className="h-full overflow-auto">
      {nodes.map((node) => (
        <li key={node.id} className="border-b">
          <StepRow
            node={node}
            problems={diagnostics.filter((one) => one.node_id === node.id)}
            isOpen={opened === node.id}
            onToggle={() => setOpened(opened === node.id ? null : node.id)}
          />
        </li>
      ))}
    </ol>
  );
}
