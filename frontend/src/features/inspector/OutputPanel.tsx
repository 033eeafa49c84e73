import { Pin } from "lucide-react";
import { useState } from "react";
import { setPinned } from "@/domain/commands";
import type { Item, NodeRun, WorkflowNode } from "@/domain/definition";
import { handleLabel } from "@/domain/handles";
import { quoted } from "@/domain/paths";
import { useCatalogue } from "@/features/catalogue";
import { type ItemSource, ItemsView } from "@/features/detail";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { Skeleton } from "@/ui/Skeleton";
import { toast } from "@/ui/toast";
import { copy } from "./copy";
import { EmptyOutput } from "./EmptyOutput";
import type { NodeViewProps } from "./nodeView";
import { PinDialog } from "./PinDialog";
import { RunProblem } from "./RunProblem";

interface OutputPanelProps extends Pick<NodeViewProps, "run" | "isReadOnly" | "executionId" | "onRun" | "isRunning"> {
  readonly node: WorkflowNode;
  readonly nodeRun: NodeRun | undefined;
  /** The node's pinned outputs by handle. */
  readonly pins: Readonly<Record<string, Item[]>> | undefined;
  readonly isPending: boolean;
  readonly title: string;
}

/** What a node handed on, by output; pinned, edited, or the reason why there is nothing. */
export function OutputPanel(props: OutputPanelProps) {
  const { node, nodeRun, pins, isPending, title, run, isReadOnly = false, executionId = null } = props;
  const [wanted, setWanted] = useState<string | null>(null);
  const [item, setItem] = useState(0);
  const [isEditing, setIsEditing] = useState(false);
  const { data: catalogue } = useCatalogue();
  const type = catalogue?.find(node.type, node.data.version);
  const outputs = pins ?? nodeRun?.outputs ?? {};
  const handles = Object.keys(outputs).filter((name) => (outputs[name]?.length ?? 0) > 0);
  const handle = handles.find((name) => name === wanted) ?? handles.find((name) => name === "main") ?? handles[0];
  const countOf = (name: string) => (pins ? undefined : nodeRun?.item_counts?.[name]) ?? outputs[name]?.length ?? 0;
  const source: ItemSource | null =
    handle === undefined
      ? null
      : pins
        ? { kind: "local", items: pins[handle] ?? [] }
        : nodeRun && executionId !== null
          ? { kind: "run", executionId, nodeRunId: nodeRun.id, side: "outputs", handle, first: outputs[handle] ?? [] }
          : null;
  const pin = (items: Item[]) => run(setPinned({ [node.id]: { ...pins, [handle ?? "main"]: items } }));
  const pinAll = () => {
    run(setPinned({ [node.id]: Object.fromEntries(handles.map((name) => [name, outputs[name] ?? []])) }));
    const cut = handles.find((name) => countOf(name) > (outputs[name]?.length ?? 0));
    if (cut !== undefined) toast({ text: copy.data.pinnedFirst(outputs[cut]?.length ?? 0, countOf(cut)) });
  };
  return (
    <section aria-label={title} className="flex h-full min-h-0 min-w-0 flex-col">
      <div className="flex h-11 shrink-0 items-center gap-2 border-b px-3">
        <h2 className="mr-auto font-semibold">{title}</h2>
        {pins ? <Badge tone="wait">{copy.data.pinned(pins[handle ?? "main"]?.length ?? 0)}</Badge> : null}
        {!pins && nodeRun?.reused ? <Badge tone="neutral">{copy.data.reused}</Badge> : null}
        {!pins && nodeRun?.cached ? <Badge tone="neutral">{copy.data.cached}</Badge> : null}
        {isReadOnly || source === null ? null : (
          <>
            {pins ? (
              <Button size="small" variant="ghost" onClick={() => run(setPinned({ [node.id]: null }))}>
                {copy.data.unpin}
              </Button>
            ) : (
              <Button
                size="small"
                variant="ghost"
                title={copy.data.pinHelp}
                icon={<Pin size={14} strokeWidth={1.75} />}
                onClick={pinAll}
              >
                {copy.data.pin}
              </Button>
            )}
            <Button size="small" variant="ghost" onClick={() => setIsEditing(true)}>
              {copy.data.editPin}
            </Button>
          </>
        )}
      </div>
      {pins === undefined && nodeRun ? <RunProblem nodeRun={nodeRun} /> : null}
      {handles.length > 1 ? (
        <div className="border-b px-3 py-2">
          <SegmentedControl
            label={copy.data.handle}
            value={handle}
            options={handles.map((name) => ({
              value: name,
              label: `${handleLabel(node, type, "outputs", name)} (${countOf(name)})`,
            }))}
            onChange={setWanted}
          />
        </div>
      ) : null}
      {source ? (
        <ItemsView
          key={handle}
          label={copy.data.itemsIn(title)}
          source={source}
          chosen={item}
          onChoose={setItem}
          references={{ base: `$(${quoted(node.data.label)}).item.json` }}
        />
      ) : isPending ? (
        <Skeleton className="m-3 h-40" />
      ) : (
        <EmptyOutput {...props} onPaste={() => setIsEditing(true)} hasRun={nodeRun !== undefined} />
      )}
      {isEditing ? (
        <PinDialog items={outputs[handle ?? "main"] ?? []} onPin={pin} onClose={() => setIsEditing(false)} />
      ) : null}
    </section>
  );
}
