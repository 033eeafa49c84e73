import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, asProblem, type components, unwrap } from "@/api";
import { toast } from "@/ui/toast";
import { copy } from "./copy";

export type WorkflowSummary = components["schemas"]["WorkflowSummary"];
export type WorkflowStatus = WorkflowSummary["status"];
export type RowAction = keyof typeof copy.done;

export const PAGE_SIZE = 25;
export const FIRST_NODE = "start";

export interface WorkflowFilters {
  readonly search: string;
  readonly status: WorkflowStatus | "";
  readonly tag: string;
  readonly whose: Whose;
  readonly page: number;
}

/** Everybody's that one sees, one's own, or those that others share. */
export const WHOSE = ["", "mine", "shared"] as const;
export type Whose = (typeof WHOSE)[number];

export function useWorkflows({ search, status, tag, whose, page }: WorkflowFilters) {
  return useQuery({
    queryKey: ["workflows", "list", search, status, tag, whose, page],
    queryFn: () =>
      unwrap(
        api.GET("/api/orchestrator/workflows/", {
          params: {
            query: {
              page,
              page_size: PAGE_SIZE,
              ordering: "-updated_at",
              ...(search ? { search } : {}),
              ...(status ? { status: [status] } : {}),
              ...(tag ? { tag } : {}),
              ...(whose ? { shared: whose === "shared" } : {}),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Names that are taken already, archived workflows' too: as many as stand on one page. */
async function namesLike(search: string): Promise<ReadonlySet<string>> {
  const query = { search, page_size: 100, ordering: "-created_at" as const };
  const { results } = await unwrap(api.GET("/api/orchestrator/workflows/", { params: { query } }));
  return new Set(results.map((workflow) => workflow.name));
}

/** Makes a workflow with a manual trigger; of a name that is taken, the next free one. */
export async function createWorkflow(): Promise<string> {
  const nodes = [
    {
      id: FIRST_NODE,
      type: "manual_trigger",
      position: { x: 0, y: 0 },
      data: { label: "Manual trigger", params: {} },
    },
  ];
  const taken = await namesLike(copy.newName);
  let number = 1;
  for (let tries = 0; ; number += 1) {
    const name = number === 1 ? copy.newName : `${copy.newName} ${number}`;
    if (taken.has(name)) continue;
    try {
      return (await unwrap(api.POST("/api/orchestrator/workflows/", { body: { name, nodes, edges: [] } }))).id;
    } catch (error) {
      // Another tab took it a moment ago, or there are more than were read.
      tries += 1;
      if (asProblem(error).code !== "name_taken" || tries > 50) throw error;
    }
  }
}

export type ImportReport = components["schemas"]["ImportReport"];

export function importWorkflow(document: string | Record<string, unknown>) {
  return unwrap(api.POST("/api/orchestrator/workflows/import/", { body: { document, source: "auto" } }));
}

/** Whether somebody should read an import's report before he goes on. */
export function hasFindings(report: ImportReport): boolean {
  const { placeholders, expressions_untranslated: expressions, credentials_needed: credentials, warnings } = report;
  return placeholders.length + expressions.length + credentials.length + warnings.length > 0;
}

export function useImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: importWorkflow,
    onSuccess: () => client.invalidateQueries({ queryKey: ["workflows"] }),
  });
}

/** A mutation that leads to the workflow it made. */
export function useMaking<Input>(make: (input: Input) => Promise<string>, onMade: (id: string) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: make,
    onSuccess: (id) => {
      void client.invalidateQueries({ queryKey: ["workflows"] });
      onMade(id);
    },
  });
}

async function act({ action, id }: { readonly action: RowAction; readonly id: string }): Promise<void> {
  const params = { path: { workflow_id: id } };
  if (action === "clone")
    await unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/clone/", { params, body: {} }));
  else if (action === "archive")
    await unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/archive/", { params }));
  else if (action === "unarchive")
    await unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/unarchive/", { params }));
  else await unwrap(api.DELETE("/api/orchestrator/workflows/{workflow_id}/", { params }));
}

export function useRowAction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (_, { action }) => {
      toast({ kind: "ok", text: copy.done[action] });
      return client.invalidateQueries({ queryKey: ["workflows"] });
    },
    onError: (error) => {
      const problem = asProblem(error);
      toast({ kind: "error", text: problem.detail || problem.title });
    },
  });
}

/** Archives one after another; one that cannot be archived does not keep the others from it. */
export function useArchiveMany() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (ids: readonly string[]) => {
      const refused: string[] = [];
      for (const id of ids) {
        try {
          await act({ action: "archive", id });
        } catch (error) {
          refused.push(asProblem(error).message);
        }
      }
      return { done: ids.length - refused.length, refused };
    },
    onSuccess: ({ done, refused }) => {
      const [first] = refused;
      toast({
        kind: first ? "error" : "ok",
        text: first ? copy.archivedSome(done, refused.length, first) : copy.archived(done),
      });
      return client.invalidateQueries({ queryKey: ["workflows"] });
    },
  });
}
