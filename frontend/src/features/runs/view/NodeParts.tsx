import { useState } from "react";
import { Tabs } from "@/ui/Tabs";
import { copy } from "../copy";
import type { NodeRun } from "../queries";
import { NodeData } from "./NodeData";
import { StepList } from "./steps/StepList";
import { useSteps } from "./steps/useSteps";

type Part = "output" | "input" | "steps" | "logs";

/** What a node run gave, got, did in steps and printed. */
export function NodeParts({ row }: { readonly row: NodeRun }) {
  const [chosen, setChosen] = useState<Part | null>(null);
  const found = useSteps(row);
  const hasSteps = found.steps.length > 0;
  // What somebody reads stays before his eyes when the node ends.
  const keep = () => setChosen("steps");
  const count = `${found.steps.length}${found.more ? "+" : ""}`;
  return (
    <Tabs<Part>
      label={copy.data}
      className="flex-1 border-t max-md:min-h-80"
      contentClassName="flex flex-col"
      value={chosen === null || (chosen === "steps" && !hasSteps) ? firstPart(row, hasSteps) : chosen}
      onChange={setChosen}
      tabs={[
        { value: "output", label: copy.output, content: <NodeData key="outputs" row={row} side="outputs" /> },
        { value: "input", label: copy.input, content: <NodeData key="inputs" row={row} side="inputs" /> },
        ...(hasSteps
          ? [
              {
                value: "steps" as const,
                label: `${copy.steps} (${count})`,
                content: <StepList executionId={row.execution_id} found={found} onOpen={keep} />,
              },
            ]
          : []),
        {
          value: "logs",
          label: row.logs.length > 0 ? `${copy.logs} (${row.logs.length})` : copy.logs,
          content:
            row.logs.length === 0 ? (
              <p className="p-4 text-muted">{copy.noLogs}</p>
            ) : (
              <pre className="whitespace-pre-wrap break-words p-4 font-mono text-meta">{row.logs.join("\n")}</pre>
            ),
        },
      ]}
    />
  );
}

/** What failed or goes on gave nothing: its steps explain it, or else what it got. */
function firstPart({ status }: NodeRun, hasSteps: boolean): Part {
  if (status !== "failed" && status !== "waiting" && status !== "running") return "output";
  if (hasSteps) return "steps";
  return status === "running" ? "output" : "input";
}
