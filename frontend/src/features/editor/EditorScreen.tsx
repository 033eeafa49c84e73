import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useState } from "react";
import { useParams } from "react-router";
import { asProblem } from "@/api";
import { includes } from "@/domain/roles";
import { useCatalogue } from "@/features/catalogue";
import { type Draft, documentStore, findDraft } from "@/features/document";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { resetEditor } from "./editorStore";
import { OpenEditor } from "./OpenEditor";
import { useWorkflow } from "./queries";

interface Opened {
  readonly id: string;
  readonly draft: Draft | null;
}

/** One workflow: read from the server, then held by the document store for as long as it is open. */
export function EditorScreen() {
  const { workflowId = "" } = useParams();
  const { data: workflow, error, refetch } = useWorkflow(workflowId);
  const { data: catalogue, error: noCatalogue, refetch: again } = useCatalogue();
  const [opened, setOpened] = useState<Opened | null>(null);
  const id = workflow?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: opened once; what changes later comes by the store
  useEffect(() => {
    if (workflow === undefined) return;
    resetEditor();
    const isReadOnly = !includes(workflow.my_role, "editor");
    documentStore.getState().open({ id: workflow.id, revision: workflow.revision, isReadOnly, raw: workflow });
    let isOver = false;
    void findDraft(workflow.id).then((draft) => {
      if (!isOver) setOpened({ id: workflow.id, draft });
    });
    return () => {
      isOver = true;
      setOpened(null);
    };
  }, [id]);
  const problem = error && !workflow ? error : noCatalogue && !catalogue ? noCatalogue : null;
  if (problem) {
    return <ErrorState problem={asProblem(problem)} onRetry={() => void (error ? refetch() : again())} />;
  }
  if (!workflow || !catalogue || opened?.id !== workflow.id) {
    return (
      <div className="flex h-full flex-col">
        <Skeleton className="h-12" />
        <Skeleton className="m-6 flex-1" />
      </div>
    );
  }
  return (
    <ReactFlowProvider key={workflow.id}>
      <OpenEditor workflow={workflow} catalogue={catalogue} draft={opened.draft} />
    </ReactFlowProvider>
  );
}
