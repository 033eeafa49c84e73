import { Maximize2, X } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api";
import { useCatalogue } from "@/features/catalogue";
import { ExpressionScopeContext } from "@/features/expression";
import { ErrorState } from "@/ui/ErrorState";
import { IconButton } from "@/ui/IconButton";
import { Skeleton } from "@/ui/Skeleton";
import { Tabs } from "@/ui/Tabs";
import { copy } from "./copy";
import { NodeHeader } from "./NodeHeader";
import type { NodeViewProps } from "./nodeView";
import { OutputPanel } from "./OutputPanel";
import { ParamsTab } from "./ParamsTab";
import { SettingsTab } from "./SettingsTab";
import { UnknownNode } from "./UnknownNode";
import { useNodeData } from "./useNodeData";

export interface InspectorProps extends NodeViewProps {
  /** A path in the node's data whose field is to be seen; another object asks again. */
  readonly wantedField?: { readonly path: string } | null;
  readonly onOpenDetail?: () => void;
  readonly onClose?: () => void;
}

type TabName = "params" | "settings" | "output";

/** The panel beside the canvas: one node's params, settings and last output. */
export function Inspector(props: InspectorProps) {
  const { workflowId, nodeId, definition, executionId = null, wantedField = null, onOpenDetail, onClose } = props;
  const [tab, setTab] = useState<TabName>("params");
  const [shown, setShown] = useState<typeof wantedField>(null);
  if (wantedField !== shown) {
    setShown(wantedField);
    if (wantedField) setTab(wantedField.path.startsWith("settings.") ? "settings" : "params");
  }
  const { data: catalogue, error, refetch } = useCatalogue();
  const data = useNodeData({ workflowId, nodeId, definition, executionId, catalogue, item: 0 });
  const node = definition.nodes.find((entry) => entry.id === nodeId);
  if (node === undefined) return <p className="p-4 text-muted">{copy.node.gone}</p>;
  const type = catalogue?.find(node.type, node.data.version);
  const newest = catalogue?.find(node.type);
  const params =
    type && newest ? (
      <ParamsTab {...props} key={nodeId} node={node} type={type} newest={newest} />
    ) : catalogue ? (
      <UnknownNode node={node} />
    ) : error ? (
      <ErrorState isCompact problem={asProblem(error)} onRetry={() => void refetch()} />
    ) : (
      <Skeleton className="m-4 h-60" />
    );
  return (
    <ExpressionScopeContext value={data.scope}>
      <div className="flex h-full min-h-0 flex-col bg-surface">
        <NodeHeader {...props} node={node} type={type}>
          {onOpenDetail ? (
            <IconButton
              label={copy.node.openDetail}
              shortcut="Enter"
              icon={<Maximize2 size={16} strokeWidth={1.75} />}
              onClick={onOpenDetail}
            />
          ) : null}
          {onClose ? (
            <IconButton label={copy.node.close} icon={<X size={16} strokeWidth={1.75} />} onClick={onClose} />
          ) : null}
        </NodeHeader>
        <Tabs<TabName>
          label={copy.node.tabs}
          value={tab}
          onChange={setTab}
          className="flex-1"
          tabs={[
            { value: "params", label: copy.node.params, content: params },
            {
              value: "settings",
              label: copy.node.settings,
              content: <SettingsTab {...props} key={nodeId} node={node} type={type} />,
            },
            {
              value: "output",
              label: copy.node.lastOutput,
              content: (
                <OutputPanel
                  {...props}
                  key={nodeId}
                  title={copy.node.lastOutput}
                  node={node}
                  nodeRun={data.nodeRun}
                  pins={definition.pinned_data[nodeId]}
                  isPending={data.isPending}
                />
              ),
            },
          ]}
        />
      </div>
    </ExpressionScopeContext>
  );
}
