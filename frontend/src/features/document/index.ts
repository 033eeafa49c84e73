export {
  type Base,
  type DocumentState,
  documentStore,
  isDirty,
  type OpenedWorkflow,
  type PendingConflict,
  type SaveState,
} from "./documentStore";
export { useDocument } from "./useDocument";
