import { TriangleAlert } from "lucide-react";
import type { WorkflowNode } from "@/domain/definition";
import { JsonTree } from "@/ui/JsonTree";
import { copy } from "./copy";

/** A node whose type is not installed: what it holds, unchanged. */
export function UnknownNode({ node }: { readonly node: WorkflowNode }) {
  const {
    label: _label,
    version: _version,
    params,
    credentials: _credentials,
    settings: _settings,
    ...kept
  } = node.data;
  return (
    <div className="flex min-h-0 flex-col gap-3 p-4">
      <p className="flex items-start gap-2 rounded-control bg-warn-tint p-3">
        <TriangleAlert aria-hidden="true" size={16} strokeWidth={1.75} className="mt-0.5 shrink-0" />
        {copy.node.unknown(node.type)}
      </p>
      <JsonTree label={copy.node.unknownParams} value={params} className="max-h-100 rounded-control border" />
      {Object.keys(kept).length > 0 ? (
        <>
          <h3 className="font-medium">{copy.node.unknownRest}</h3>
          <JsonTree label={copy.node.unknownRest} value={kept} className="max-h-60 rounded-control border" />
        </>
      ) : null}
    </div>
  );
}
