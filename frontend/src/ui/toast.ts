import { createStore } from "zustand/vanilla";

export interface ToastInput {
  readonly text: string;
  readonly kind?: "info" | "ok" | "error";
  readonly action?: { readonly label: string; readonly onSelect: () => void };
}

export interface ToastEntry extends ToastInput {
  readonly id: number;
}

const MOST = 3;
let next = 1;
export const toastStore = createStore<{ readonly toasts: readonly ToastEntry[] }>(() => ({ toasts: [] }));

/**
 * Shows a short note at the bottom left: results elsewhere, "Deleted 3 nodes · Undo", copied.
 * Never for saving, field errors, decisions or the status of a run. Returns how to take it away.
 */
export function toast(input: ToastInput): () => void {
  const id = next++;
  toastStore.setState(({ toasts }) => ({ toasts: [...toasts, { ...input, id }].slice(-MOST) }));
  return () => dismissToast(id);
}

export function dismissToast(id: number): void {
  toastStore.setState(({ toasts }) => ({ toasts: toasts.filter((one) => one.id !== id) }));
}
