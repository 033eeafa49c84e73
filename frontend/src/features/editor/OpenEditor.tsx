import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { catalogueOf } from "@/domain/catalogue";
import { addNode } from "@/domain/commands";
import type { NodeType } from "@/domain/definition";
import { handlesOf } from "@/domain/handles";
import { useCatalogue } from "@/features/catalogue";
import { documentStore, useDocument } from "@/features/document";
import { Canvas } from "./Canvas";
import { ConflictDialog } from "./ConflictDialog";
import { EditorHeader } from "./EditorHeader";
import { Palette } from "./Palette";
import { useDiagnostics, type Workflow } from "./queries";
import { RunPanel } from "./RunPanel";
import { useRun } from "./useRun";
import { useSettled } from "./useSettled";

/** Forms and expressions come with the first node that is looked at. */
const inspector = () => import("@/features/inspector");
const Inspector = lazy(async () => ({ default: (await inspector()).Inspector }));
const NodeDetail = lazy(async () => ({ default: (await inspector()).NodeDetail }));
const NOTHING_KNOWN = catalogueOf([]);

/** The editor around an open workflow: header, canvas, inspector, run panel. */
export function OpenEditor({ workflow }: { readonly workflow: Workflow }) {
  const { data: catalogue = NOTHING_KNOWN } = useCatalogue();
  const definition = useDocument((state) => state.definition);
  const selected = useDocument((state) => state.selected);
  const { data: diagnostics = [] } = useDiagnostics(useSettled(definition, 400));
  const broken = useMemo(
    () => new Set(diagnostics.flatMap((one) => (one.severity === "error" && one.node_id ? [one.node_id] : []))),
    [diagnostics],
  );
  const run = useRun(workflow.id);
  const [isPaletteOpen, setIsPaletteOpen] = useState(false);
  const [detailId, setDetailId] = useState<string | null>(null);
  const [closedRun, setClosedRun] = useState<string | null>(null);
  const openPalette = useCallback(() => setIsPaletteOpen(true), []);
  const { executionId } = run.state;

  const add = (type: NodeType) => {
    setIsPaletteOpen(false);
    const state = documentStore.getState();
    const from = freeOutput(state.selected, type);
    state.select(state.run(addNode({ type, ...(from ? { from } : {}) })));
  };
  /** The selected node's first output that leads nowhere yet, where the new type can be entered. */
  const freeOutput = (ids: readonly string[], type: NodeType) => {
    const { definition: now } = documentStore.getState();
    const source = now.nodes.find((node) => ids.length === 1 && node.id === ids[0]);
    const [input] = type.inputs;
    if (!source || !input) return null;
    const { outputs } = handlesOf(source, catalogue.find(source.type, source.data.version), now.edges);
    const output = outputs.find((one) => !one.isError && !one.connected && one.gives === input.accepts);
    return output ? { node: source.id, handle: output.name, input: input.name } : null;
  };
  const views = {
    workflowId: workflow.id,
    definition,
    run: documentStore.getState().run,
    diagnostics,
    executionId,
    isRunning: run.isRunning,
    onRun: (nodeId: string, scope: "only" | "to" | "from") => void run.startPart(nodeId, scope),
  };
  const [only] = selected;
  const isOne = only !== undefined && selected.length === 1 && definition.nodes.some((node) => node.id === only);
  return (
    <div className="flex h-full flex-col">
      <title>{workflow.name}</title>
      <EditorHeader workflow={workflow} diagnostics={diagnostics} run={run} />
      <div className="relative flex min-h-0 flex-1">
        <Canvas
          catalogue={catalogue}
          run={run.state}
          broken={broken}
          openPalette={openPalette}
          openDetail={setDetailId}
          start={() => void run.start()}
        />
        {isOne ? (
          <aside className="w-95 shrink-0 overflow-hidden border-l bg-surface max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:max-w-full max-lg:shadow-high">
            <Suspense>
              <Inspector
                {...views}
                key={only}
                nodeId={only}
                onOpenDetail={() => setDetailId(only)}
                onClose={() => documentStore.getState().select([])}
              />
            </Suspense>
          </aside>
        ) : null}
      </div>
      {executionId !== null && executionId !== closedRun ? (
        <RunPanel run={run.state} onClose={() => setClosedRun(executionId)} />
      ) : null}
      <Palette isOpen={isPaletteOpen} onClose={() => setIsPaletteOpen(false)} onChoose={add} />
      {detailId !== null ? (
        <Suspense>
          <NodeDetail {...views} nodeId={detailId} onSelectNode={setDetailId} onClose={() => setDetailId(null)} />
        </Suspense>
      ) : null}
      <ConflictDialog />
    </div>
  );
}
