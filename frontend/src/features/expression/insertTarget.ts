import { create } from "zustand";

interface Target {
  readonly id: string;
  readonly label: string;
  readonly insert: (reference: string) => void;
}

interface Targets {
  readonly target: Target | null;
  setTarget(target: Target): void;
  /** The field of this id is gone. */
  leave(id: string): void;
}

/** The expression field that was in use last: what a click on a value goes into. */
export const useInsertTarget = create<Targets>((set) => ({
  target: null,
  setTarget: (target) => set({ target }),
  leave: (id) => set(({ target }) => (target?.id === id ? { target: null } : {})),
}));
