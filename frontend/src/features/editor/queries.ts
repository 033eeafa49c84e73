import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, asProblem, type components, unwrap } from "@/api";
import type { Category, Definition, Diagnostic } from "@/domain/definition";
import { documentStore, saveNow, type Workflow } from "@/features/document";
import { type ToastInput, toast } from "@/ui/toast";
import { copy } from "./copy";
import { estimateText } from "./estimateText";

export type { Workflow };

/** The id of a workflow that is another's. */
export function sharedIdOf({ id, my_role: role }: Workflow): string | undefined {
  return role === "owner" ? undefined : id;
}

export const workflowKey = (id: string) => ["workflows", "one", id] as const;

/** The workflow as the server has it. Its definition is read once; afterwards the document store holds it. */
export function useWorkflow(id: string) {
  return useQuery({
    queryKey: workflowKey(id),
    queryFn: () =>
      unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/", { params: { path: { workflow_id: id } } })),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    // The store looks after newer revisions by itself.
    refetchOnWindowFocus: false,
  });
}

export function useCategories() {
  return useQuery({
    queryKey: ["nodes", "categories"],
    queryFn: async (): Promise<readonly Category[]> => (await unwrap(api.GET("/api/nodes/categories/"))).results,
    staleTime: 300_000,
  });
}

/** What the compiler says of a definition. */
export function useDiagnostics(definition: Definition, isOn: boolean, sharedId?: string) {
  const { nodes, edges, settings } = definition;
  return useQuery({
    // By identity: a definition that did not change is the same object.
    queryKey: ["validate", sharedId ?? "", identityOf(nodes), identityOf(edges), identityOf(settings)],
    queryFn: async (): Promise<readonly Diagnostic[]> => {
      // The OpenAPI's types of nodes are those of the domain, said less exactly.
      const body = { nodes, edges, settings } as unknown as Graph;
      // As above.
      return (await validate(body, sharedId)).diagnostics as unknown as readonly Diagnostic[];
    },
    enabled: isOn,
    gcTime: 10_000,
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
}

const numbers = new WeakMap<object, number>();
let next = 1;

/** Returns a number for an object: a key of the cache need not hold 500 nodes. */
function identityOf(value: object): number {
  const known = numbers.get(value) ?? next++;
  numbers.set(value, known);
  return known;
}

type Graph = components["schemas"]["GraphInputRequest"];

/** Of a workflow of another's, its owner's credentials and workflows count. */
function validate(body: Graph, sharedId?: string) {
  const params = { query: sharedId === undefined ? {} : { workflow_id: sharedId } };
  return unwrap(api.POST("/api/compile/validate/", { params, body }));
}

/** Changes of the workflow that are none of its definition: each comes after what is unsaved. */
function useWorkflowChange<Input, Result>(
  id: string,
  change: (input: Input, revision: string) => Promise<Result>,
  done?: (input: Input, result: Result) => Omit<ToastInput, "kind">,
) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (input: Input) => {
      if (!(await saveNow())) throw new Error(copy.notSavedYet);
      const result = await change(input, `"${documentStore.getState().base.revision}"`);
      const path = { workflow_id: id };
      const workflow = await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/", { params: { path } }));
      const { base } = documentStore.getState();
      // The revision moved, the definition did not.
      documentStore.setState({ base: { ...base, revision: workflow.revision } });
      cache.setQueryData(workflowKey(id), workflow);
      return result;
    },
    onSuccess: (result, input) => {
      if (done) toast({ kind: "ok", ...done(input, result) });
      void cache.invalidateQueries({ queryKey: ["workflows", "list"] });
      void cache.invalidateQueries({ queryKey: ["workflows", "triggers", id] });
    },
    onError: (error) => toast({ kind: "error", text: asProblem(error).detail || asProblem(error).title }),
  });
}

export function useRename(id: string) {
  const path = { workflow_id: id };
  return useWorkflowChange(id, (name: string, revision) =>
    unwrap(
      api.PATCH("/api/orchestrator/workflows/{workflow_id}/", {
        params: { path, header: { "If-Match": revision } },
        body: { name },
      }),
    ),
  );
}

/** Deploys or undeploys; then the way to what starts it, where that is called or has its times. */
export function useDeploy(id: string) {
  const navigate = useNavigate();
  const path = { workflow_id: id };
  const toTriggers = { label: copy.triggers, onSelect: () => void navigate(`/workflows/${id}/triggers`) };
  return useWorkflowChange(
    id,
    async (to: "deploy" | "undeploy", revision) => {
      if (to === "undeploy") {
        await unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/undeploy/", { params: { path } }));
        return [];
      }
      const params = { path, header: { "If-Match": revision } };
      return (await unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/deploy/", { params, body: {} })))
        .triggers;
    },
    (to, triggers) => ({
      text: copy.done[to],
      ...(triggers.some((one) => one.url !== null || one.schedule_id !== null) ? { action: toTriggers } : {}),
    }),
  );
}

/** Says what a run of what is saved may cost, by what it has cost or by what it would ask models. */
export function useEstimate(id: string) {
  return useMutation({
    mutationFn: async () => {
      if (!(await saveNow())) throw new Error(copy.notSavedYet);
      const params = { path: { workflow_id: id } };
      return unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/estimate/", { params, body: { input: {} } }));
    },
    onSuccess: (made) => toast({ kind: "info", text: estimateText(made) }),
    onError: (error) => toast({ kind: "error", text: asProblem(error).detail || asProblem(error).title }),
  });
}

/** Halts a run before its next node, and lets it go on. */
export function usePausing(id: string) {
  const params = { path: { execution_id: id } };
  return useMutation({
    mutationFn: async (to: "pause" | "resume") => {
      if (to === "pause") await unwrap(api.POST("/api/orchestrator/executions/{execution_id}/pause/", { params }));
      else await unwrap(api.POST("/api/orchestrator/executions/{execution_id}/resume/", { params }));
    },
    onError: (error) => toast({ kind: "error", text: asProblem(error).detail || asProblem(error).title }),
  });
}

export function useSnapshot(id: string) {
  const path = { workflow_id: id };
  return useWorkflowChange(
    id,
    (label: string) =>
      unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/versions/", { params: { path }, body: { label } })),
    () => ({ text: copy.done.snapshot }),
  );
}
