import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { Catalogue } from "@/domain/catalogue";
import { includes } from "@/domain/roles";
import { type Draft, documentStore, startSaving } from "@/features/document";
import { createGraphStore, fittedZoom } from "@/features/graph";
import { RunStoreContext } from "@/features/liveRun";
import { toast } from "@/ui/toast";
import { useIsNarrow } from "@/ui/useIsNarrow";
import { createActions } from "./actions/editorActions";
import { keptView } from "./canvas/keptViews";
import { useViewport } from "./canvas/useViewport";
import { copy } from "./copy";
import { EditorLayout } from "./EditorLayout";
import { EditorContext, type EditorContextValue } from "./editorContext";
import { type Workflow, workflowKey } from "./queries";
import { createRunner } from "./run/runner";

/** Comes where the window is narrow. */
const PhoneLayout = lazy(async () => ({ default: (await import("./phone/PhoneLayout")).PhoneLayout }));

interface OpenEditorProps {
  readonly workflow: Workflow;
  readonly catalogue: Catalogue;
  readonly draft: Draft | null;
}

/** What all parts of the editor share: the open workflow, its run, and ways to change, run and show them. */
export function OpenEditor({ workflow, catalogue, draft }: OpenEditorProps) {
  const client = useQueryClient();
  const box = useRef<HTMLDivElement>(null);
  const [graph] = useState(() =>
    createGraphStore(keptView(workflow.id)?.zoom ?? fittedZoom(documentStore.getState().definition)),
  );
  const viewport = useViewport(box);
  const types = useRef(catalogue);
  types.current = catalogue;
  const { id } = workflow;
  const runner = useMemo(
    () =>
      createRunner(id, client, (nodeId) => {
        const node = documentStore.getState().definition.nodes.find((entry) => entry.id === nodeId);
        return node !== undefined && types.current.find(node.type, node.data.version)?.is_trigger === true;
      }),
    [id, client],
  );
  const actions = useMemo(() => createActions({ catalogue: () => types.current, viewport }), [viewport]);
  const isNarrow = useIsNarrow();
  const role = workflow.my_role;
  const isReadOnly = !includes(role, "editor");
  const context = useMemo(
    (): EditorContextValue => ({ workflowId: id, catalogue, actions, runner, viewport, role, isReadOnly }),
    [id, catalogue, actions, runner, viewport, role, isReadOnly],
  );
  useEffect(() => () => runner.close(), [runner]);
  useEffect(
    () =>
      startSaving({
        onSaved: (saved) => client.setQueryData(workflowKey(saved.id), saved),
        onMerged: (changed) => toast({ text: copy.merged(changed) }),
      }),
    [client],
  );
  return (
    <EditorContext value={context}>
      <RunStoreContext value={runner.live}>
        {isNarrow ? (
          <Suspense>
            <PhoneLayout workflow={workflow} draft={draft} />
          </Suspense>
        ) : (
          <EditorLayout workflow={workflow} draft={draft} box={box} graph={graph} />
        )}
      </RunStoreContext>
    </EditorContext>
  );
}
