import { type CSSProperties, lazy, Suspense } from "react";
import { useStore } from "zustand";
import { type Diagnostic, NOTE } from "@/domain/definition";
import { useDocument } from "@/features/document";
import { useLiveRun } from "@/features/liveRun";
import { refusalOf } from "@/features/sharing";
import { Skeleton } from "@/ui/Skeleton";
import { Splitter } from "@/ui/Splitter";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, select, useEditor } from "../editorStore";
import { useGoInto } from "../useGoInto";

const MIN = 320;
const MAX = 560;

/** Forms and expressions come with the first node that is looked at. */
const inspector = () => import("@/features/inspector");
const Inspector = lazy(async () => ({ default: (await inspector()).Inspector }));
const WorkflowSettings = lazy(async () => ({ default: (await inspector()).WorkflowSettings }));
const NodeDetail = lazy(async () => ({ default: (await inspector()).NodeDetail }));

/** The chosen node: beside the canvas, or with its data over the whole page. */
export function NodePanels({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }) {
  const { workflowId, runner, actions, viewport, role, isReadOnly } = useEditorContext();
  const goInto = useGoInto();
  const definition = useDocument((state) => state.definition);
  const selection = useEditor((state) => state.selection);
  const detail = useEditor((state) => state.detailNode);
  const width = useEditor((state) => state.inspectorWidth);
  const wanted = useEditor((state) => state.wantedField);
  const isSettingsOpen = useEditor((state) => state.isSettingsOpen);
  const isClosed = useEditor((state) => state.isInspectorClosed);
  // Where it floats, it ends above the run panel.
  const below = useEditor((state) => (state.isRunPanelOpen ? state.runPanelHeight : 0));
  const executionId = useStore(runner.state, (state) => state.executionId);
  const isStarting = useStore(runner.state, (state) => state.isStarting);
  const isRunning = useLiveRun((live) => live.run.executionId !== null && !live.run.isFinal) || isStarting;
  const [id] = selection.nodes;
  const node = selection.nodes.size === 1 ? definition.nodes.find((entry) => entry.id === id) : undefined;
  const views = {
    workflowId,
    definition,
    run: actions.run,
    diagnostics,
    executionId,
    isReadOnly,
    refusal: refusalOf(role, "editor"),
    isRunning,
    onRun: runner.startPart,
    onOpenWorkflow: (nodeId: string) => goInto(definition.nodes.find((entry) => entry.id === nodeId)),
  };
  const hasDetail = detail !== null && definition.nodes.some((entry) => entry.id === detail);
  return (
    <>
      {node !== undefined && node.type !== NOTE && !isClosed ? (
        <aside
          data-inspector={node.id}
          aria-label={copy.inspector}
          style={{ width, "--below": `${below}px` } as CSSProperties} // a property of our own, which the type does not know
          // What is open inside, a list or a dialog, has taken the key or stands elsewhere in the page.
          onKeyDown={(event) => {
            const isInside = event.target instanceof Node && event.currentTarget.contains(event.target);
            if (event.key === "Escape" && isInside && !event.defaultPrevented) viewport.focus();
          }}
          className="relative z-10 flex max-w-full shrink-0 bg-surface max-[1100px]:absolute max-[1100px]:top-0 max-[1100px]:right-0 max-[1100px]:bottom-(--below) max-[1100px]:shadow-high max-md:hidden"
        >
          <Splitter
            orientation="vertical"
            label={copy.inspectorWidth}
            size={width}
            min={MIN}
            max={MAX}
            isPanelAfter
            onResize={(inspectorWidth) => editorStore.setState({ inspectorWidth })}
          />
          <div className="min-w-0 flex-1 overflow-hidden">
            <Suspense fallback={<Skeleton className="m-4 h-60" />}>
              <Inspector
                {...views}
                key={node.id}
                nodeId={node.id}
                wantedField={wanted?.nodeId === node.id ? wanted : null}
                onOpenDetail={() => actions.openDetail(node.id)}
                onClose={() => {
                  editorStore.setState({ isInspectorClosed: true });
                  viewport.focus();
                }}
              />
            </Suspense>
          </div>
        </aside>
      ) : null}
      {isSettingsOpen ? (
        <Suspense>
          <WorkflowSettings
            settings={definition.settings}
            diagnostics={diagnostics.filter((one) => one.node_id === null)}
            isReadOnly={isReadOnly}
            run={actions.run}
            onClose={() => editorStore.setState({ isSettingsOpen: false })}
          />
        </Suspense>
      ) : null}
      {hasDetail ? (
        <Suspense>
          <NodeDetail
            {...views}
            nodeId={detail}
            onSelectNode={(next) => {
              select([next]);
              editorStore.setState({ detailNode: next });
            }}
            onClose={() => {
              editorStore.setState({ detailNode: null });
              viewport.focus();
            }}
          />
        </Suspense>
      ) : null}
    </>
  );
}
