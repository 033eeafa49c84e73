import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api";
import type { Role } from "@/domain/roles";

interface WorkflowHead {
  readonly name: string;
  readonly role: Role;
  readonly ownerId: string;
}

/** What screens beside the editor say of a workflow; undefined while it is asked, null where it is gone or not one's own. */
export function useWorkflowHead(id: string | null): WorkflowHead | null | undefined {
  const { data, isError } = useQuery({
    queryKey: ["workflows", "head", id],
    queryFn: async (): Promise<WorkflowHead> => {
      const params = { path: { workflow_id: id ?? "" } };
      const workflow = await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/", { params }));
      return { name: workflow.name, role: workflow.my_role, ownerId: workflow.owner_id };
    },
    enabled: id !== null,
    staleTime: 60_000,
    retry: false,
  });
  return isError || id === null ? null : data;
}
