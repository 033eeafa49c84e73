export { type Clash, type DocumentState, documentStore, type SaveState } from "./documentStore";
export { keepSaved, saveNow, settle } from "./saving";
export { useDocument } from "./useDocument";
