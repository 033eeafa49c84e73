import { useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { asProblem } from "@/api";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { Tabs } from "@/ui/Tabs";
import { copy } from "./copy";
import { NodeRunData } from "./NodeRunData";
import { isActive, type NodeRun, type RunDetail, useRun } from "./queries";
import { RunHeader } from "./RunHeader";
import { Timeline } from "./Timeline";
import { useLiveRun } from "./useLiveRun";

/** One run: its node runs in time, and what went into and came out of the chosen one. */
export function RunScreen() {
  const { run: id = "" } = useParams();
  const [params, setParams] = useSearchParams();
  const { data: run, error, refetch } = useRun(id);
  useLiveRun(id, run !== undefined && isActive(run.status));
  if (error && !run) return <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />;
  if (!run) return <Skeleton className="m-6 h-64" />;
  const node = chosenOf(run, params.get("node"), params.get("path") ?? "");
  const choose = ({ node_id, path }: NodeRun) =>
    setParams({ node: node_id, ...(path ? { path } : {}) }, { replace: true });
  return (
    <div>
      <title>{`${run.workflow_name} · ${copy.product}`}</title>
      <RunHeader run={run} node={node} />
      {run.error ? (
        <div role="alert" className="mx-6 mb-3 rounded-control bg-err-tint px-3 py-2 max-md:mx-4">
          {run.error.node_label ? <p className="font-medium">{copy.failedAt(run.error.node_label)}</p> : null}
          <p className="whitespace-pre-wrap break-words">{run.error.message}</p>
        </div>
      ) : null}
      <div className="grid grid-cols-[minmax(320px,2fr)_3fr] border-t bg-surface max-md:grid-cols-1">
        <div className="border-r max-md:border-r-0">
          <Timeline runs={run.node_runs} chosen={node?.id} onChoose={choose} />
          {run.node_runs_truncated ? <p className="p-4 text-muted">{copy.truncated}</p> : null}
        </div>
        {node ? <NodePanel key={node.id} node={node} /> : null}
      </div>
    </div>
  );
}

/** Returns what the address names; else the node that failed, else the last one. */
function chosenOf(run: RunDetail, nodeId: string | null, path: string): NodeRun | undefined {
  const rows = run.node_runs;
  const named = rows.find((one) => one.node_id === nodeId && one.path === path);
  return named ?? rows.find((one) => one.status === "failed") ?? rows.at(-1);
}

type Part = "output" | "input" | "logs";

function NodePanel({ node }: { readonly node: NodeRun }) {
  const [part, setPart] = useState<Part>("output");
  return (
    <section className="min-w-0" aria-label={node.node_label}>
      <h2 className="px-4 pt-3 font-semibold text-panel">{node.node_label}</h2>
      {node.error ? <p className="whitespace-pre-wrap break-words px-4 text-err">{node.error.message}</p> : null}
      <Tabs<Part>
        label={copy.data}
        value={part}
        onChange={setPart}
        tabs={[
          { value: "output", label: copy.output, content: <NodeRunData run={node} side="outputs" /> },
          { value: "input", label: copy.input, content: <NodeRunData run={node} side="inputs" /> },
          {
            value: "logs",
            label: copy.logs,
            content:
              node.logs.length === 0 ? (
                <p className="p-4 text-muted">{copy.noLogs}</p>
              ) : (
                <pre className="overflow-x-auto p-4 font-mono text-meta">{node.logs.join("\n")}</pre>
              ),
          },
        ]}
      />
    </section>
  );
}
