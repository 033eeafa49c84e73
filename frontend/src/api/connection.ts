/** Whether the server can be reached, as the last calls found; asked again by itself until it is back. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { backoffMs } from "./backoff";

interface Connection {
  /** Since when nothing answers, in ms since 1970; null while all is well. */
  readonly lostAt: number | null;
}

export const connectionStore = createStore<Connection>(() => ({ lostAt: null }));
const returns = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
let tries = 0;

const pickLostAt = (connection: Connection) => connection.lostAt;

/** Subscribes to since when the server is away. */
export function useLostAt(): number | null {
  return useStore(connectionStore, pickLostAt);
}

/** Calls `again` each time the server is back. */
export function onReconnect(again: () => void): () => void {
  returns.add(again);
  return () => returns.delete(again);
}

/** Notes that the server answered. */
export function noteAnswer(): void {
  if (connectionStore.getState().lostAt === null) return;
  clearTimeout(timer);
  tries = 0;
  connectionStore.setState({ lostAt: null });
  for (const again of returns) again();
}

/** Notes that no answer came, and asks until one does. */
export function noteSilence(): void {
  if (connectionStore.getState().lostAt !== null) return;
  connectionStore.setState({ lostAt: Date.now() });
  askLater();
}

/** Asks now: for the banner's button, and when the browser says it is online. */
export async function askNow(): Promise<void> {
  clearTimeout(timer);
  if (await answers()) noteAnswer();
  else askLater();
}

/** Returns whether the server can be reached now, and notes it: for who misses something that no call of ours asks for. */
export async function isReachable(): Promise<boolean> {
  const isThere = await answers();
  if (isThere) noteAnswer();
  else noteSilence();
  return isThere;
}

async function answers(): Promise<boolean> {
  try {
    const response = await fetch("/api/health/live/", { cache: "no-store" });
    return response.status < 500;
  } catch {
    return false;
  }
}

function askLater(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void askNow(), backoffMs(tries++));
}

if (typeof window !== "undefined") {
  window.addEventListener("online", () => {
    if (connectionStore.getState().lostAt !== null) void askNow();
  });
}
