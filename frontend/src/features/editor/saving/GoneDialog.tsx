import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, asProblem, unwrap } from "@/api";
import { documentStore, dropDraft, useDocument, type Workflow } from "@/features/document";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { copy } from "../copy";

/** Edited here, deleted elsewhere: what is here is kept, and asked for. */
export function GoneDialog({ workflow }: { readonly workflow: Workflow }) {
  const isGone = useDocument((state) => state.saveState === "gone");
  const navigate = useNavigate();
  const leave = () => {
    void dropDraft(workflow.id);
    documentStore.getState().close();
    void navigate("/workflows");
  };
  const save = useMutation({
    mutationFn: () => {
      const { nodes, edges, settings, pinned_data, viewport } = documentStore.getState().definition;
      const body = {
        name: `${workflow.name} (${new Date().toISOString().slice(0, 16)})`,
        nodes,
        edges,
        settings,
        pinned_data,
        viewport,
      };
      // The OpenAPI's types of nodes and items are those of the domain, said less exactly.
      return unwrap(api.POST("/api/orchestrator/workflows/", { body: body as never }));
    },
    onSuccess: ({ id }) => {
      void dropDraft(workflow.id);
      documentStore.getState().close();
      void navigate(`/workflows/${id}`);
    },
  });
  return (
    <Dialog
      isOpen={isGone}
      isModalOnly
      onClose={() => undefined}
      title={copy.gone.title}
      description={copy.gone.help}
      footer={
        <>
          <Button onClick={leave}>{copy.gone.leave}</Button>
          <Button variant="primary" isBusy={save.isPending} onClick={() => save.mutate()}>
            {copy.gone.saveAs}
          </Button>
        </>
      }
    >
      {save.error ? <p className="text-err">{asProblem(save.error).detail}</p> : null}
    </Dialog>
  );
}
