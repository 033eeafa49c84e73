/**
 * One holder over all tabs of this origin.
 *
 * Web Locks where the browser has them; on plain http it does not, and tabs agree over a BroadcastChannel:
 *   claim ─▶ (80 ms) ─▶ nobody answers "held", no lower id claims ─▶ hold ─▶ "free"
 */
type Message = { readonly type: "claim" | "held" | "free"; readonly id: string };

const ANSWERS_MS = 80;
const AGAIN_MS = 1000;

/** Runs `task` while no other tab holds `name`. An aborted wait rejects with the signal's reason. */
export async function withTabLock<T>(name: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  // In an insecure context `navigator.locks` is absent, whatever the types say.
  const locks = (navigator as { locks?: LockManager }).locks;
  if (locks) return await locks.request(name, signal ? { signal } : {}, task);
  if (typeof BroadcastChannel === "undefined") return await task();
  return await withChannel(name, task, signal);
}

async function withChannel<T>(name: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const channel = new BroadcastChannel(`lock:${name}`);
  const id = randomId();
  let isHolding = false;
  let isRefused = true; // until we claim
  let wake = () => {};
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type === "free") wake();
    if (data.type === "held" || (data.type === "claim" && data.id < id)) isRefused = true;
    if (data.type !== "claim") return;
    if (isHolding) channel.postMessage({ type: "held", id } satisfies Message);
    // Who came after our claim has not heard it.
    else if (!isRefused && data.id > id) channel.postMessage({ type: "claim", id } satisfies Message);
  };
  try {
    for (;;) {
      signal?.throwIfAborted();
      isRefused = false;
      channel.postMessage({ type: "claim", id } satisfies Message);
      await pause(ANSWERS_MS);
      if (!isRefused) break;
      await Promise.race([
        pause(AGAIN_MS),
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
      ]);
    }
    isHolding = true;
    signal?.throwIfAborted();
    return await task();
  } finally {
    channel.postMessage({ type: "free", id } satisfies Message);
    channel.close();
  }
}

/** Returns a random text; `crypto.randomUUID` does not exist on plain http, `getRandomValues` does. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
