import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api";

/** Returns a workflow's name; undefined while it is asked, null where it is gone or not one's own. */
export function useWorkflowName(id: string): string | null | undefined {
  const { data, isError } = useQuery({
    queryKey: ["workflows", "name", id],
    queryFn: async () => {
      const path = { workflow_id: id };
      return (await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/", { params: { path } }))).name;
    },
    staleTime: 60_000,
    retry: false,
  });
  return isError ? null : data;
}
