import { type RefObject, Suspense, useMemo, useState } from "react";
import { resizeNode, setNote } from "@/domain/commands";
import { useDocument } from "@/features/document";
import { type GraphActions, GraphContext, type GraphStore } from "@/features/graph";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, select } from "../editorStore";
import { CanvasMenu } from "../panels/later";
import type { CanvasMenuAsk } from "./CanvasMenu";
import { EditorCanvas } from "./EditorCanvas";

interface CanvasAreaProps {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly graph: GraphStore;
}

/** The canvas with its menu; what stands over it is drawn around this. */
export function CanvasArea({ box, graph }: CanvasAreaProps) {
  const { actions, viewport, isReadOnly } = useEditorContext();
  const isEmpty = useDocument((state) => state.definition.nodes.length === 0);
  const [menu, setMenu] = useState<CanvasMenuAsk | null>(null);
  const context = useMemo(() => {
    const { run } = actions;
    const onCanvas: GraphActions = {
      addAfter: (node, handle) => {
        select([node]);
        editorStore.setState({ palette: actions.behind(node, handle) });
      },
      addBeside: (node, slot) => {
        select([node]);
        editorStore.setState({ palette: actions.beside(node, slot) });
      },
      insertInto: (edge) => editorStore.setState({ palette: { kind: "edge", edge } }),
      setNoteText: (id, text) => void run(setNote(id, { text })),
      resizeNote: (id, rect) => void run(resizeNode(id, rect)),
    };
    return { store: graph, actions: isReadOnly ? null : onCanvas };
  }, [actions, graph, isReadOnly]);
  return (
    <GraphContext value={context}>
      <div ref={box} data-editor-canvas className="relative size-full min-w-0">
        <EditorCanvas
          onMenu={(event, { node, edge }) => {
            event.preventDefault();
            const at = { x: event.clientX, y: event.clientY };
            setMenu({ ...at, place: viewport.toPlace(at) });
            const { selection } = editorStore.getState();
            if (node !== undefined && !selection.nodes.has(node)) select([node]);
            if (edge !== undefined) select([], [edge]);
            if (node === undefined && edge === undefined && selection.nodes.size < 2) select([]);
          }}
        />
        {isEmpty ? (
          <div className="pointer-events-none absolute inset-0 flex flex-col items-center justify-center gap-1 text-center">
            <p className="font-medium text-body">{copy.empty}</p>
            <p className="text-muted">{copy.emptyHelp}</p>
          </div>
        ) : null}
      </div>
      <Suspense>{menu ? <CanvasMenu ask={menu} /> : null}</Suspense>
    </GraphContext>
  );
}
