/**
 * Notices about human tasks: one socket for all tabs of a browser.
 *
 *   tab with the lock ── /ws/hitl/ ──▶ BroadcastChannel ──▶ the other tabs
 */
import { backoffMs } from "./backoff";
import { api, unwrap } from "./client";
import { sessionStore } from "./sessionStore";
import { withTabLock } from "./tabLock";

/** What the socket says; unknown types are handed on too, and ignored by who does not know them. */
export interface Notice {
  readonly type: string;
  readonly [member: string]: unknown;
}

const LOCK = "heddle-notices";
const PING_MS = 30_000;

/** Hands on notices to `onNotice`, in whichever tab the socket lives; returns how to stop. */
export function openNotices(onNotice: (notice: Notice) => void): () => void {
  const closing = new AbortController();
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(LOCK);
  if (channel) channel.onmessage = ({ data }: MessageEvent<Notice>) => onNotice(data);
  const share = (notice: Notice) => {
    onNotice(notice);
    channel?.postMessage(notice);
  };
  withTabLock(LOCK, () => own(share, closing.signal), closing.signal).catch(() => {
    // Closed while another tab held the socket.
  });
  return () => {
    closing.abort();
    channel?.close();
  };
}

async function own(share: (notice: Notice) => void, closed: AbortSignal): Promise<void> {
  let tries = 0;
  while (!closed.aborted) {
    if (sessionStore.getState().status === "signedIn") {
      await connect(share, closed, () => {
        tries = 0;
      });
    }
    if (!closed.aborted) await pause(backoffMs(tries++), closed);
  }
}

async function connect(share: (notice: Notice) => void, closed: AbortSignal, opened: () => void): Promise<void> {
  let ticket: string;
  try {
    ({ ticket } = await unwrap(api.POST("/api/streaming/tickets/", { body: { kind: "hitl" } })));
  } catch {
    return;
  }
  if (closed.aborted) return;
  const url = new URL("/ws/hitl/", location.origin);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("ticket", ticket);
  const socket = new WebSocket(url);
  const close = () => socket.close();
  closed.addEventListener("abort", close);
  const ping = setInterval(() => {
    if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}');
  }, PING_MS);
  await new Promise<void>((resolve) => {
    socket.onopen = opened;
    socket.onclose = () => resolve();
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      const notice = readNotice(data);
      if (notice !== null && notice.type !== "pong") share(notice);
    };
  });
  clearInterval(ping);
  closed.removeEventListener("abort", close);
}

function readNotice(data: unknown): Notice | null {
  if (typeof data !== "string") return null;
  try {
    const notice: unknown = JSON.parse(data);
    const isNotice =
      typeof notice === "object" && notice !== null && "type" in notice && typeof notice.type === "string";
    return isNotice ? (notice as Notice) : null; // checked above
  } catch {
    return null;
  }
}

function pause(ms: number, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    closed.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
