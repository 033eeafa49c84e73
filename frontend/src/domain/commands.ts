/** Every change of a definition, by name. `perform` gives the new definition and the patches there and back. */

export { applyLayout, duplicate, paste, pasteAt, replaceDefinition } from "./commands/bulk";
export { type Change, type Command, type CommandName, invert, perform, reapply } from "./commands/command";
export { connect, disconnect, reattach } from "./commands/edges";
export { insertOnEdge } from "./commands/insert";
export type { NewNode } from "./commands/newNode";
export {
  addNode,
  deleteSelection,
  moveNodes,
  resizeNode,
  setDisabled,
  setPinned,
} from "./commands/nodes";
export {
  renameNode,
  setCredential,
  setNodeSettings,
  setNodeVersion,
  setNote,
  setParam,
  setToolDescription,
  setWorkflowSetting,
} from "./commands/params";
export { type History, type HistoryEntry, MAX_ENTRIES, NO_HISTORY, record, redo, type Step, undo } from "./history";
