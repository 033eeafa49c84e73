import { useState } from "react";
import { useCatalogue } from "@/features/catalogue";
import { ExpressionScopeContext } from "@/features/expression";
import { Skeleton } from "@/ui/Skeleton";
import { Splitter } from "@/ui/Splitter";
import { Tabs } from "@/ui/Tabs";
import { copy } from "./copy";
import { DetailHeader } from "./DetailHeader";
import { InputPanel } from "./InputPanel";
import { ItemKeys } from "./ItemKeys";
import type { NodeDetailProps } from "./NodeDetail";
import { OutputPanel } from "./OutputPanel";
import { ParamsTab } from "./ParamsTab";
import { SettingsTab } from "./SettingsTab";
import { UnknownNode } from "./UnknownNode";
import { useNodeData } from "./useNodeData";
import { usePanelWidths } from "./usePanelWidths";

interface DetailBodyProps extends NodeDetailProps {
  readonly item: number;
  readonly onChooseItem: (at: number) => void;
}

type TabName = "params" | "settings";

/** Input, params and output beside each other; one below the other on a narrow screen. */
export function DetailBody(props: DetailBodyProps) {
  const { workflowId, nodeId, definition, executionId = null, item, onChooseItem } = props;
  const [tab, setTab] = useState<TabName>("params");
  const [sourceId, setSourceId] = useState<string | null>(null);
  const widths = usePanelWidths();
  const { data: catalogue } = useCatalogue();
  const data = useNodeData({ workflowId, nodeId, definition, executionId, catalogue, item });
  const node = definition.nodes.find((entry) => entry.id === nodeId);
  if (node === undefined) return <p className="p-6 text-muted">{copy.node.gone}</p>;
  const type = catalogue?.find(node.type, node.data.version);
  const newest = catalogue?.find(node.type);
  const params =
    type && newest ? (
      <ParamsTab {...props} node={node} type={type} newest={newest} />
    ) : catalogue ? (
      <UnknownNode node={node} />
    ) : (
      <Skeleton className="m-4 h-60" />
    );
  return (
    <ExpressionScopeContext value={data.scope}>
      <ItemKeys at={data.at} total={data.total} onChoose={onChooseItem} />
      <DetailHeader {...props} node={node} type={type} />
      <div className="flex min-h-0 flex-1 max-[900px]:flex-col max-[900px]:overflow-auto">
        <div
          className="min-h-0 max-w-[40%] shrink-0 max-[900px]:order-2 max-[900px]:h-100 max-[900px]:w-full! max-[900px]:max-w-full max-[900px]:border-t"
          style={{ width: widths.input }}
        >
          <InputPanel
            sources={data.sources}
            isPending={data.isPending}
            isTrigger={type?.is_trigger === true}
            chosenId={sourceId}
            onChooseSource={setSourceId}
            item={data.at}
            onChooseItem={onChooseItem}
          />
        </div>
        <Splitter
          label={copy.data.dividerInput}
          orientation="vertical"
          size={widths.input}
          min={widths.min}
          max={widths.max}
          onResize={widths.setInput}
        />
        <Tabs<TabName>
          label={copy.node.tabs}
          value={tab}
          onChange={setTab}
          className="min-w-0 flex-1 max-[900px]:order-1 max-[900px]:flex-none"
          tabs={[
            { value: "params", label: copy.node.params, content: params },
            {
              value: "settings",
              label: copy.node.settings,
              content: <SettingsTab {...props} node={node} type={type} />,
            },
          ]}
        />
        <Splitter
          label={copy.data.dividerOutput}
          orientation="vertical"
          isPanelAfter
          size={widths.output}
          min={widths.min}
          max={widths.max}
          onResize={widths.setOutput}
        />
        <div
          className="min-h-0 max-w-[40%] shrink-0 max-[900px]:order-3 max-[900px]:h-100 max-[900px]:w-full! max-[900px]:max-w-full max-[900px]:border-t"
          style={{ width: widths.output }}
        >
          <OutputPanel
            {...props}
            title={copy.data.output}
            node={node}
            nodeRun={data.nodeRun}
            pins={definition.pinned_data[nodeId]}
            isPending={data.isPending}
          />
        </div>
      </div>
    </ExpressionScopeContext>
  );
}
