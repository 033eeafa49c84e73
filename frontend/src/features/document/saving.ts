import { api, asProblem, type components, ProblemError, unwrap } from "@/api";
import { type Definition, readDefinition } from "@/domain/definition";
import { mergeDefinitions } from "@/domain/merge";
import { documentStore } from "./documentStore";

const AFTER_MS = 800;
const AGAIN_MS = 4_000;
type Update = components["schemas"]["PatchedWorkflowUpdateRequest"];

let timer: ReturnType<typeof setTimeout> | undefined;
let underway: Promise<boolean> | null = null;

/** Saves by itself, 800 ms after the last change; returns how to stop. */
export function keepSaved(): () => void {
  const stop = documentStore.subscribe((state, before) => {
    if (state.workflowId === null || state.definition === before.definition) return;
    if (state.definition === state.base || state.clash) return;
    documentStore.setState({ saveState: "unsaved" });
    plan(AFTER_MS);
  });
  // A tab that goes away saves at once; one that is shown again looks whether it is behind.
  const onHide = () => void (document.visibilityState === "hidden" && saveNow());
  document.addEventListener("visibilitychange", onHide);
  return () => {
    stop();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onHide);
    void saveNow();
  };
}

function plan(afterMs: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void saveNow(), afterMs);
}

/** Returns whether the server has all changes now. */
export async function saveNow(): Promise<boolean> {
  clearTimeout(timer);
  while (underway) await underway;
  const { workflowId, definition, base, clash } = documentStore.getState();
  if (workflowId === null || clash) return false;
  if (definition === base) return true;
  underway = send(workflowId, definition);
  try {
    return await underway;
  } finally {
    underway = null;
  }
}

async function send(workflowId: string, definition: Definition): Promise<boolean> {
  documentStore.setState({ saveState: "saving" });
  try {
    const saved = await unwrap(
      api.PATCH("/api/orchestrator/workflows/{workflow_id}/", {
        params: {
          path: { workflow_id: workflowId },
          header: { "If-Match": `"${documentStore.getState().revision}"` },
        },
        body: bodyOf(definition),
      }),
    );
    const state = documentStore.getState();
    if (state.workflowId !== workflowId) return true;
    const isAll = state.definition === definition;
    documentStore.setState({ base: definition, revision: saved.revision, saveState: isAll ? "saved" : "unsaved" });
    if (!isAll) plan(AFTER_MS);
    return isAll;
  } catch (error) {
    return await afterRefusal(workflowId, error);
  }
}

/** The domain's JSON values are narrower than what the generated type asks for. */
function bodyOf({ nodes, edges, settings, pinned_data }: Definition): Update {
  return { nodes, edges, settings, pinned_data } as unknown as Update;
}

async function afterRefusal(workflowId: string, error: unknown): Promise<boolean> {
  if (documentStore.getState().workflowId !== workflowId) return false;
  if (error instanceof ProblemError && error.code === "revision_conflict") return await takeTheirs(workflowId);
  const status = asProblem(error).status ?? 0;
  const isRefused = status >= 400 && status < 500 && status !== 401 && status !== 429;
  documentStore.setState({ saveState: isRefused ? "refused" : "offline" });
  if (!isRefused) plan(AGAIN_MS);
  return false;
}

/** Somebody else saved meanwhile: what does not overlap is merged, the rest is asked. */
async function takeTheirs(workflowId: string): Promise<boolean> {
  let found: components["schemas"]["WorkflowOutput"];
  try {
    found = await unwrap(
      api.GET("/api/orchestrator/workflows/{workflow_id}/", { params: { path: { workflow_id: workflowId } } }),
    );
  } catch {
    documentStore.setState({ saveState: "offline" });
    plan(AGAIN_MS);
    return false;
  }
  const state = documentStore.getState();
  if (state.workflowId !== workflowId) return false;
  const theirs = readDefinition(found);
  const merged = mergeDefinitions(state.base, state.definition, theirs);
  if (merged.conflicts.length > 0) {
    const clash = { conflicts: merged.conflicts, merged: merged.definition, theirs, revision: found.revision };
    documentStore.setState({ saveState: "conflict", clash });
    return false;
  }
  documentStore.setState({ definition: merged.definition, base: theirs, revision: found.revision });
  return await send(workflowId, merged.definition);
}

/** Ends a conflict: for all its fields mine, or theirs. */
export function settle(definition: Definition): void {
  const { clash } = documentStore.getState();
  if (!clash) return;
  documentStore.setState({ clash: null, base: clash.theirs, revision: clash.revision, definition });
  void saveNow();
}
