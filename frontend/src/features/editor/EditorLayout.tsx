import { type RefObject, Suspense, useEffect, useState } from "react";
import { useStore } from "zustand";
import { type Draft, useDocument } from "@/features/document";
import { GraphContext, type GraphStore } from "@/features/graph";
import { Tour } from "@/features/tour";
import { CanvasArea } from "./canvas/CanvasArea";
import { useClipboard } from "./clipboard/useClipboard";
import { useEditorContext } from "./editorContext";
import { useEditor } from "./editorStore";
import { EditorHeader } from "./header/EditorHeader";
import { AddButton } from "./palette/AddButton";
import {
  ConflictPanel,
  ConnectPanel,
  DraftBanner,
  FindBar,
  fetchLater,
  GoneDialog,
  Outline,
  Palette,
  RenameBar,
  RunPanel,
  SnapshotDialog,
} from "./panels/later";
import { NodePanels } from "./panels/NodePanels";
import { sharedIdOf, useDiagnostics, type Workflow } from "./queries";
import { useAddress } from "./useAddress";
import { useEditorCommands } from "./useEditorCommands";
import { useGraphMarks } from "./useGraphMarks";
import { useSettledDefinition } from "./useSettledDefinition";

interface EditorLayoutProps {
  readonly workflow: Workflow;
  readonly draft: Draft | null;
  readonly box: RefObject<HTMLDivElement | null>;
  readonly graph: GraphStore;
}

/** Header, canvas, what stands over it, inspector, run panel. */
export function EditorLayout({ workflow, draft: found, box, graph }: EditorLayoutProps) {
  const { runner, isReadOnly } = useEditorContext();
  const [draft, setDraft] = useState(found);
  const { data: checked } = useDiagnostics(useSettledDefinition(), true, sharedIdOf(workflow));
  const refused = useStore(runner.state, (state) => state.refused);
  const diagnostics = checked ?? refused ?? [];
  const ask = useEditor((state) => state.palette);
  const connectFrom = useEditor((state) => state.connectFrom);
  const renaming = useEditor((state) => state.renaming);
  const isFinding = useEditor((state) => state.isFinding);
  const isOutlineOpen = useEditor((state) => state.isOutlineOpen);
  const isRunPanelOpen = useEditor((state) => state.isRunPanelOpen);
  const isSnapshotOpen = useEditor((state) => state.isSnapshotOpen);
  const said = useEditor((state) => state.said);
  const hasConflict = useDocument((state) => state.conflict !== null);
  const isGone = useDocument((state) => state.saveState === "gone");
  useEffect(fetchLater, []);
  useEditorCommands();
  useClipboard();
  useAddress();
  useGraphMarks(graph, diagnostics);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <title>{`${workflow.name} · Heddle`}</title>
      <EditorHeader workflow={workflow} diagnostics={diagnostics} />
      <p aria-live="polite" className="sr-only">
        {said}
      </p>
      <div className="relative flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col">
          <div className="relative min-h-0 flex-1 overflow-hidden">
            <GraphContext value={{ store: graph, actions: null }}>
              <CanvasArea box={box} graph={graph} />
              {isReadOnly ? null : <AddButton />}
              <Suspense>
                {ask && !isReadOnly ? <Palette key={JSON.stringify(ask)} ask={ask} /> : null}
                {isOutlineOpen ? <Outline /> : null}
                {isFinding ? <FindBar /> : null}
                {renaming ? <RenameBar key={renaming} nodeId={renaming} /> : null}
                {draft ? <DraftBanner draft={draft} onDone={() => setDraft(null)} /> : null}
              </Suspense>
              <Tour role={workflow.my_role} />
            </GraphContext>
          </div>
          <Suspense>{isRunPanelOpen ? <RunPanel /> : null}</Suspense>
        </div>
        <NodePanels diagnostics={diagnostics} />
      </div>
      <Suspense>
        {connectFrom ? <ConnectPanel nodeId={connectFrom} /> : null}
        {isSnapshotOpen ? <SnapshotDialog workflowId={workflow.id} /> : null}
        {hasConflict ? <ConflictPanel /> : null}
        {isGone ? <GoneDialog workflow={workflow} /> : null}
      </Suspense>
    </div>
  );
}
