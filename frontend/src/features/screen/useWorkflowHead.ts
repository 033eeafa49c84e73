import { useQuery } from "@tanstack/react-query";
import { api, asProblem, unwrap } from "@/api";
import type { Role } from "@/domain/roles";

interface WorkflowHead {
  readonly name: string;
  readonly role: Role;
  readonly ownerId: string;
  /** What triggers run; null where nothing is deployed. */
  readonly deployedVersion: number | null;
}

/** What screens beside the editor say of a workflow; undefined while it is not known, null where it is gone or not one's own. */
export function useWorkflowHead(id: string | null): WorkflowHead | null | undefined {
  const { data, error } = useQuery({
    queryKey: ["workflows", "head", id],
    queryFn: async (): Promise<WorkflowHead> => {
      const params = { path: { workflow_id: id ?? "" } };
      const workflow = await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/", { params }));
      return {
        name: workflow.name,
        role: workflow.my_role,
        ownerId: workflow.owner_id,
        deployedVersion: workflow.deployed_version,
      };
    },
    enabled: id !== null,
    staleTime: 60_000,
    retry: false,
  });
  return id === null || (error && asProblem(error).status === 404) ? null : data;
}
