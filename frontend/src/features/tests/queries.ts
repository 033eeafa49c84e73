import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";

type Schemas = components["schemas"];
export type Case = Schemas["TestCaseOutput"];
export type Result = Schemas["WorkflowTestOutput"];
export type CaseChange = Schemas["PatchedCaseInputRequest"];

export const PAGE_SIZE = 20;
const RUNNING_MS = 1500;
const caseAt = (workflow_id: string, case_id: string) => ({ params: { path: { workflow_id, case_id } } });

export function useCases(workflowId: string) {
  return useQuery({
    queryKey: ["tests", "cases", workflowId],
    queryFn: () => {
      const params = { path: { workflow_id: workflowId }, query: { page_size: 100 } };
      return unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/test-cases/", { params }));
    },
    refetchInterval: (query) =>
      query.state.data?.results.some((one) => one.last_result?.status === "running") ? RUNNING_MS : false,
  });
}

/** Results, the newest first. A running test is settled by asking for it. */
export function useResults(workflowId: string, page: number) {
  return useQuery({
    queryKey: ["tests", "results", workflowId, page],
    queryFn: async () => {
      const path = { workflow_id: workflowId };
      const params = { path, query: { page, page_size: PAGE_SIZE } };
      const found = await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/tests/", { params }));
      const results = await Promise.all(
        found.results.map((one) => (one.status === "running" ? settled(workflowId, one.id) : one)),
      );
      return { ...found, results };
    },
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.results.some((one) => one.status === "running") ? RUNNING_MS : false,
  });
}

function settled(workflow_id: string, test_id: string): Promise<Result> {
  const params = { path: { workflow_id, test_id } };
  return unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/tests/{test_id}/", { params }));
}

/** Runs that can be kept. */
export function useCompletedRuns(workflowId: string) {
  return useQuery({
    queryKey: ["executions", "to-keep", workflowId],
    queryFn: async () => {
      const query = { workflow_id: workflowId, status: ["completed" as const], page_size: 25 };
      return (await unwrap(api.GET("/api/orchestrator/executions/", { params: { query } }))).results;
    },
  });
}

export function keepRun({ run, name }: { run: string; name: string }) {
  const params = { path: { execution_id: run } };
  const body = name ? { name } : {};
  return unwrap(api.POST("/api/orchestrator/executions/{execution_id}/keep-as-test/", { params, body }));
}

export function changeCase({ workflow_id, id }: Case, body: CaseChange) {
  return unwrap(
    api.PATCH("/api/orchestrator/workflows/{workflow_id}/test-cases/{case_id}/", { ...caseAt(workflow_id, id), body }),
  );
}

export function deleteCase({ workflow_id, id }: Case) {
  return unwrap(api.DELETE("/api/orchestrator/workflows/{workflow_id}/test-cases/{case_id}/", caseAt(workflow_id, id)));
}

export function runCase({ workflow_id, id }: Case) {
  return unwrap(
    api.POST("/api/orchestrator/workflows/{workflow_id}/test-cases/{case_id}/run/", caseAt(workflow_id, id)),
  );
}

export function runAll(workflowId: string) {
  const params = { path: { workflow_id: workflowId } };
  return unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/test-cases/run/", { params }));
}
