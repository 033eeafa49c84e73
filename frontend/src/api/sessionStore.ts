import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { components } from "./schema.gen";

export type User = components["schemas"]["UserOutput"];

/** `expired`: somebody was signed in here and his page stays until he is again. */
export type SessionStatus = "unknown" | "signedOut" | "signedIn" | "expired";

export interface Session {
  readonly status: SessionStatus;
  readonly user: User | null;
}

interface Held extends Session {
  /** In memory alone: nothing that outlives the page ever holds it. */
  readonly access: string | null;
  readonly expiresAt: number;
}

export const signedOut: Held = { status: "signedOut", user: null, access: null, expiresAt: 0 };
export const sessionStore = createStore<Held>(() => ({ ...signedOut, status: "unknown" }));

const pickStatus = (held: Held) => held.status;
const pickUser = (held: Held) => held.user;

/** Subscribes to who is signed in. */
export function useSession(): Session {
  return { status: useStore(sessionStore, pickStatus), user: useStore(sessionStore, pickUser) };
}
