import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useState } from "react";
import { useParams } from "react-router";
import type { Catalogue } from "@/domain/catalogue";
import type { Definition } from "@/domain/definition";
import { readPlaced } from "@/domain/placing";
import { includes } from "@/domain/roles";
import { useCatalogue } from "@/features/catalogue";
import { type Draft, documentStore, findDraft } from "@/features/document";
import { laidOut } from "@/features/layout";
import { ScreenProblem } from "@/features/screen";
import { Skeleton } from "@/ui/Skeleton";
import { toast } from "@/ui/toast";
import { copy } from "./copy";
import { resetEditor } from "./editorStore";
import { OpenEditor } from "./OpenEditor";
import { useWorkflow, type Workflow } from "./queries";

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
    if (workflow === undefined || catalogue === undefined) return;
    resetEditor();
    let isOver = false;
    void Promise.all([findDraft(workflow.id), placed(workflow, catalogue)]).then(([draft, definition]) => {
      if (isOver) return;
      const { id, revision, my_role: role } = workflow;
      documentStore.getState().open({ id, revision, isReadOnly: !includes(role, "editor"), raw: workflow, definition });
      setOpened({ id, draft });
    });
    return () => {
      isOver = true;
      setOpened(null);
    };
  }, [id, catalogue !== undefined]);
  const problem = error && !workflow ? error : noCatalogue && !catalogue ? noCatalogue : null;
  if (problem) {
    const back = { to: "/workflows", label: copy.allWorkflows };
    return <ScreenProblem error={problem} back={back} onRetry={() => void (error ? refetch() : again())} />;
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

/** Returns the workflow with each node in a place; where that fails they stay as they came, and the person is told. */
async function placed(workflow: Workflow, catalogue: Catalogue): Promise<Definition> {
  const definition = readPlaced(workflow);
  try {
    return await laidOut(definition, () => catalogue);
  } catch {
    toast({ kind: "error", text: copy.tidyFailed });
    return definition;
  }
}
