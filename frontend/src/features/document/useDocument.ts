import { useStore } from "zustand";
import { type DocumentState, documentStore } from "./documentStore";

/** Subscribes to a part of the open workflow. Select what keeps its identity, or a primitive. */
export function useDocument<T>(selector: (state: DocumentState) => T): T {
  return useStore(documentStore, selector);
}
