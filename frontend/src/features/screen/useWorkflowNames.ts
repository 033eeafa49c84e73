import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api";
import type { SelectOption } from "@/ui/Select";

/** Workflows that something may belong to. */
export function useWorkflowNames() {
  return useQuery({
    queryKey: ["workflows", "names"],
    queryFn: async (): Promise<SelectOption[]> => {
      const query = { page_size: 100, ordering: "name" as const };
      const found = await unwrap(api.GET("/api/orchestrator/workflows/", { params: { query } }));
      return found.results.map(({ id, name }) => ({ value: id, label: name }));
    },
  });
}
