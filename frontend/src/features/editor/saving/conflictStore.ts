import { createStore } from "zustand/vanilla";

/** Whether the question is put off: the header offers it until it is answered. */
export const conflictStore = createStore<{ readonly isPutOff: boolean }>(() => ({ isPutOff: false }));
