export {
  type Base,
  type DocumentState,
  documentStore,
  isDirty,
  type OpenedWorkflow,
  type PendingConflict,
  type SaveState,
} from "./documentStore";
export { type Draft, dropDraft, findDraft } from "./drafts";
export { decide, refresh, saveNow, startSaving, type Workflow } from "./saving";
export { useDocument } from "./useDocument";
