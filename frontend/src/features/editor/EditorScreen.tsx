import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useState } from "react";
import { useParams } from "react-router";
import { asProblem } from "@/api";
import { readDefinition } from "@/domain/definition";
import { documentStore, keepSaved } from "@/features/document";
import { ErrorState } from "@/ui/ErrorState";
import { Skeleton } from "@/ui/Skeleton";
import { OpenEditor } from "./OpenEditor";
import { useWorkflow } from "./queries";

/** One workflow: read from the server, then held by the document store while it is open. */
export function EditorScreen() {
  const { workflowId = "" } = useParams();
  const { data: workflow, error, refetch } = useWorkflow(workflowId);
  const [openedId, setOpenedId] = useState<string | null>(null);
  useEffect(() => {
    if (!workflow) return;
    documentStore.getState().open(workflow.id, readDefinition(workflow), workflow.revision);
    setOpenedId(workflow.id);
    return keepSaved();
  }, [workflow]);
  if (error) return <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />;
  if (!workflow || openedId !== workflow.id) return <Skeleton className="m-6 h-[60dvh]" />;
  return (
    <ReactFlowProvider key={workflow.id}>
      <OpenEditor workflow={workflow} />
    </ReactFlowProvider>
  );
}
