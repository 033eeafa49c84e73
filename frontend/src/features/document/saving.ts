/**
 * Saving the open workflow by itself: 800 ms after the last edit, at most 5 s apart, only over the revision it was made
 * from. What others saved meanwhile is merged; what both changed is asked.
 */

import { api, asProblem, type components, onReconnect, onSignOut, type ProblemError, unwrap } from "@/api";
import { asGiven, type Definition, lackingIn } from "@/domain/definition";
import type { Choice } from "@/domain/merge";
import { readPlaced, unplacedIn, withoutHeap } from "@/domain/placing";
import { type Base, documentStore, isDirty } from "./documentStore";
import { dropDraft, keepDraft } from "./drafts";

export type Workflow = components["schemas"]["WorkflowOutput"];
type Changes = components["schemas"]["PatchedWorkflowUpdateRequest"];

export interface SavingOptions {
  /** Told of each answer that has the whole workflow. */
  readonly onSaved: (workflow: Workflow) => void;
  readonly onMerged: (changed: number) => void;
}

const REST_MS = 800;
const MOST_MS = 5_000;
const KEEP_MS = 400;
const AGAIN_MS = [2_000, 5_000, 15_000, 30_000];

// Nothing of it is kept or saved when its screen goes: that is no longer anybody's.
onSignOut(() => documentStore.getState().close());

let options: SavingOptions | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let keeper: ReturnType<typeof setTimeout> | undefined;
let dirtySince: number | null = null;
let failures = 0;
let saving: Promise<void> | null = null;

/** Saves the open workflow from now on. Returns how to end that; what is unsaved then is saved once more. */
export function startSaving(given: SavingOptions): () => void {
  options = given;
  dirtySince = null;
  const stops = [
    documentStore.subscribe((state, before) => {
      if (state.definition === before.definition && state.base === before.base) return;
      if (isDirty(state)) changed();
      else if (state.workflowId !== null) settled(state.workflowId);
    }),
    // The server may answer and still not save: no sooner than after the usual rest.
    onReconnect(() => isDirty(documentStore.getState()) && plan(failures > 1 ? (AGAIN_MS[0] ?? REST_MS) : 0)),
  ];
  const onVisibility = () => (document.visibilityState === "visible" ? void refresh() : keepNow());
  document.addEventListener("visibilitychange", onVisibility);
  window.addEventListener("pagehide", keepNow);
  return () => {
    keepNow();
    void saveNow();
    for (const stop of stops) stop();
    document.removeEventListener("visibilitychange", onVisibility);
    window.removeEventListener("pagehide", keepNow);
  };
}

function changed(): void {
  keeper ??= setTimeout(keepNow, KEEP_MS);
  dirtySince ??= Date.now();
  plan(Math.min(REST_MS, Math.max(0, dirtySince + MOST_MS - Date.now())));
}

function settled(workflowId: string): void {
  clearTimeout(timer);
  clearTimeout(keeper);
  keeper = undefined;
  dirtySince = null;
  void dropDraft(workflowId);
}

function plan(delayMs: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void saveNow(), delayMs);
}

function keepNow(): void {
  clearTimeout(keeper);
  keeper = undefined;
  const state = documentStore.getState();
  if (state.workflowId !== null && isDirty(state)) void keepDraft(state.workflowId, state.definition, state.base);
}

/** Saves what is unsaved, and returns whether all is saved then. */
export async function saveNow(): Promise<boolean> {
  for (let tries = 0; tries < 4; tries += 1) {
    if (saving === null && mayShare()) saving = save().finally(() => (saving = null));
    if (saving === null) break;
    await saving;
    const { saveState } = documentStore.getState();
    if (!isDirty(documentStore.getState()) || (saveState !== "unsaved" && saveState !== "saving")) break;
  }
  return !isDirty(documentStore.getState());
}

function mayShare(): boolean {
  const state = documentStore.getState();
  return (
    state.workflowId !== null && !state.isReadOnly && isDirty(state) && !["conflict", "gone"].includes(state.saveState)
  );
}

async function save(): Promise<void> {
  clearTimeout(timer);
  const { workflowId, definition, saved, base } = documentStore.getState();
  if (workflowId === null) return;
  documentStore.setState({ saveState: "saving", refusal: null });
  dirtySince = null;
  try {
    const workflow = await patch(workflowId, changesOf(saved, definition), base.revision);
    if (documentStore.getState().workflowId !== workflowId) return;
    failures = 0;
    documentStore.setState(({ definition: now }) => ({
      base: baseOf(workflow),
      saved: definition,
      saveState: now === definition ? "saved" : "unsaved",
    }));
    options?.onSaved(workflow);
    if (documentStore.getState().definition !== definition) changed();
  } catch (error) {
    if (documentStore.getState().workflowId === workflowId) await refused(workflowId, asProblem(error));
  }
}

async function refused(workflowId: string, problem: ProblemError): Promise<void> {
  if (problem.code === "revision_conflict") {
    documentStore.setState({ saveState: "unsaved" });
    return await takeTheirs(workflowId).catch((error: unknown) => refused(workflowId, asProblem(error)));
  }
  if (problem.status === 404) return documentStore.setState({ saveState: "gone" });
  const isAway = problem.isUnreachable || problem.status === 401 || problem.status === 429 || problem.status >= 500;
  documentStore.setState({
    saveState: isAway ? "offline" : "refused",
    refusal: isAway ? null : [problem.title, problem.detail, ...problem.errors.map((one) => one.message)].join(". "),
  });
  if (isAway)
    plan(Math.max((problem.retryAfterS ?? 0) * 1000, AGAIN_MS[Math.min(failures++, AGAIN_MS.length - 1)] ?? 0));
}

/** Merges what others saved into what is here; saves when nothing has to be asked. */
async function takeTheirs(workflowId: string): Promise<void> {
  const [workflow, { mergeTheirs }] = await Promise.all([read(workflowId), import("./merging")]);
  const state = documentStore.getState();
  if (state.workflowId !== workflowId || workflow.revision === state.base.revision) return;
  const theirs = baseOf(workflow);
  options?.onSaved(workflow);
  if (!isDirty(state)) return state.adopt(theirs.definition, theirs, true);
  const changed = mergeTheirs(theirs);
  if (documentStore.getState().conflict !== null) return;
  if (changed > 0) options?.onMerged(changed);
  if (isDirty(documentStore.getState())) plan(0);
}

/** Reads the workflow anew where others may have saved it: a tab that was hidden is shown again. */
export async function refresh(): Promise<void> {
  const { workflowId, saveState } = documentStore.getState();
  if (workflowId === null || saveState === "conflict" || saveState === "gone" || saving !== null) return;
  await takeTheirs(workflowId).catch(() => undefined); // away: the connection's own banner says so
}

/** Saves a conflict as it was decided. */
export async function decide(choices: ReadonlyMap<string, Choice>): Promise<void> {
  (await import("./merging")).decideConflict(choices);
  plan(0);
}

function changesOf(before: Definition, now: Definition): Changes {
  const { nodes, edges, settings, pinned_data, viewport } = now;
  const { lacking, isUnplaced } = documentStore.getState();
  // The OpenAPI's types of nodes and items are those of the domain, said less exactly.
  return {
    ...(nodes === before.nodes && !isUnplaced ? {} : { nodes: asGiven(nodes, lacking) }),
    ...(edges === before.edges ? {} : { edges }),
    ...(settings === before.settings ? {} : { settings }),
    ...(pinned_data === before.pinned_data ? {} : { pinned_data }),
    viewport,
  } as unknown as Changes;
}

function baseOf(workflow: Workflow): Base {
  const { lacking, definition } = documentStore.getState();
  const isUnplaced = unplacedIn(workflow).size > 0;
  documentStore.setState({ lacking: new Map([...lackingIn(workflow), ...lacking]), isUnplaced });
  const known = new Map(definition.nodes.map((node) => [node.id, node.position]));
  return { definition: withoutHeap(readPlaced(workflow, known)), revision: workflow.revision };
}

async function read(workflowId: string): Promise<Workflow> {
  const path = { workflow_id: workflowId };
  return await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/", { params: { path } }));
}

async function patch(workflowId: string, body: Changes, revision: number): Promise<Workflow> {
  const params = { path: { workflow_id: workflowId }, header: { "If-Match": `"${revision}"` } };
  return await unwrap(api.PATCH("/api/orchestrator/workflows/{workflow_id}/", { params, body }));
}
