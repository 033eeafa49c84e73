import { useState } from "react";
import type { Item } from "@/domain/definition";
import { handleLabel } from "@/domain/handles";
import { useCatalogue } from "@/features/catalogue";
import { ItemsView } from "@/features/detail";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { copy } from "../copy";
import type { NodeRun, Side } from "../queries";
import { failingItem } from "./failingItem";
import { useRanDefinition } from "./queries";

interface NodeDataProps {
  readonly row: NodeRun;
  readonly side: Side;
}

const REFERENCES = { base: "$json" };

/** The items that went into a node run, or came out of it, by handle. */
export function NodeData({ row, side }: NodeDataProps) {
  const handles = Object.keys(row[side]);
  const { data: definition } = useRanDefinition(row.execution_id);
  const { data: catalogue } = useCatalogue();
  const node = definition?.nodes.find(({ id }) => id === row.node_id);
  const type = node && catalogue?.find(node.type, node.data.version);
  const [named, setNamed] = useState<string | null>(null);
  // Of what came in, the item that it failed for is what somebody looks for.
  const [chosen, setChosen] = useState((side === "inputs" ? failingItem(row.error) : null) ?? 0);
  const full = handles.find((name) => (row[side][name]?.length ?? 0) > 0);
  const handle = named ?? full ?? handles[0];
  if (handle === undefined) return <p className="p-4 text-muted">{side === "inputs" ? copy.noInput : copy.noOutput}</p>;
  return (
    <>
      {handles.length > 1 ? (
        <div className="flex overflow-x-auto border-b px-3 py-2">
          <SegmentedControl
            label={copy.handle}
            value={handle}
            options={handles.map((value) => ({
              value,
              label: `${handleLabel(node, type, side, value)} (${countOf(row, side, value)})`,
            }))}
            onChange={(next) => {
              setNamed(next);
              setChosen(0);
            }}
          />
        </div>
      ) : null}
      <ItemsView
        key={handle}
        label={side === "inputs" ? copy.input : copy.output}
        source={{
          kind: "run",
          executionId: row.execution_id,
          nodeRunId: row.id,
          side,
          handle,
          // The OpenAPI calls JSON values `unknown`; the domain names them.
          first: row[side][handle] as readonly Item[],
        }}
        chosen={chosen}
        onChoose={setChosen}
        references={REFERENCES}
      />
    </>
  );
}

function countOf(row: NodeRun, side: Side, handle: string): number {
  return (side === "outputs" ? row.item_counts[handle] : undefined) ?? row[side][handle]?.length ?? 0;
}
