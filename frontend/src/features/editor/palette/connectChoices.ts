import type { Catalogue } from "@/domain/catalogue";
import type { Definition, WorkflowNode } from "@/domain/definition";
import { connectionsFrom, type HandleRef, handlesOf } from "@/domain/handles";
import { copy } from "../copy";

/** A connection that could be made, and by which words it is found. */
export interface Choice {
  readonly from: HandleRef;
  readonly to: HandleRef;
  readonly label: string;
  readonly names: readonly string[];
}

/** All connections that can be made at a node: those that lead on from it first, then those that lead to it. */
export function connectChoices(definition: Definition, catalogue: Catalogue, nodeId: string): readonly Choice[] {
  const handles = (node: WorkflowNode) =>
    handlesOf(node, catalogue.find(node.type, node.data.version), definition.edges);
  const between = (source: WorkflowNode, targets: readonly WorkflowNode[]): Choice[] =>
    handles(source).outputs.flatMap((output) => {
      const from = { node: source.id, handle: output.name };
      const allows = connectionsFrom({ definition, catalogue }, from);
      return targets.flatMap((target) =>
        handles(target).inputs.flatMap((input) => {
          const to = { node: target.id, handle: input.name };
          if (!allows(to).ok) return [];
          const label =
            source.id === nodeId
              ? copy.connectRow(output.label, target.data.label, input.label)
              : copy.connectRowFrom(source.data.label, output.label, input.label);
          return [{ from, to, label, names: [source.data.label, target.data.label, output.label, input.label, label] }];
        }),
      );
    });
  const { nodes } = definition;
  const node = nodes.find((entry) => entry.id === nodeId);
  if (node === undefined) return [];
  return [...between(node, nodes), ...nodes.flatMap((source) => (source === node ? [] : between(source, [node])))];
}
