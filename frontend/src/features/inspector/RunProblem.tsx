import { CircleAlert } from "lucide-react";
import type { NodeRun } from "@/domain/definition";
import { jsonText } from "@/domain/exactJson";
import { CopyButton } from "@/ui/CopyButton";
import { JsonTree } from "@/ui/JsonTree";
import { copy } from "./copy";

/** Why a node run failed: its message whole, its code, the try, and what the node said of it. */
export function RunProblem({ nodeRun }: { readonly nodeRun: NodeRun }) {
  const { error, attempt, max_attempts: most } = nodeRun;
  if (error === null) return null;
  const details = error.details ?? {};
  return (
    <div role="alert" className="flex flex-col gap-2 border-b bg-err-tint px-3 py-2.5">
      <div className="flex items-start gap-2">
        <CircleAlert aria-hidden="true" size={16} strokeWidth={1.75} className="mt-0.5 shrink-0 text-err" />
        <p className="max-h-40 min-w-0 flex-1 overflow-auto whitespace-pre-wrap break-words font-medium">
          {error.message}
        </p>
        <CopyButton text={jsonText(error, 2)} />
      </div>
      <p className="text-meta text-muted">
        <code>{error.code}</code>
        {most > 1 ? ` · ${copy.data.attempt(attempt, most)}` : ""}
      </p>
      {Object.keys(details).length > 0 ? (
        <JsonTree label={copy.data.failed} value={details} className="max-h-48 rounded-control border bg-surface" />
      ) : null}
    </div>
  );
}
