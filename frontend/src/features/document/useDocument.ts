import { useStore } from "zustand";
import { type DocumentState, documentStore } from "./documentStore";

/** Reads from the open workflow; give a selector that returns the same thing while nothing changed. */
export function useDocument<T>(selector: (state: DocumentState) => T): T {
  return useStore(documentStore, selector);
}
