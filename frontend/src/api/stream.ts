/**
 * The events of one run, every one once and in order, whatever the connection does.
 *
 * Open only while the page is shown: HTTP/1.1 gives a browser six connections, and plans limit open streams.
 */
import { parseJson } from "@/domain/exactJson";
import { backoffMs } from "./backoff";
import { authorizedFetch } from "./client";
import { asProblem, type ProblemError, problemOf } from "./problem";
import { sseParser } from "./sse";

/** One event as on the wire; `seq` is null for text that is not replayed. */
export interface RunEvent {
  readonly seq: number | null;
  readonly type: string;
  readonly at: string;
  readonly execution_id: string;
  readonly node_id: string | null;
  readonly path: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** After `waiting` and `paused`, text that is not replayed may be missing: the finished node run has it whole. */
export type StreamState = "connecting" | "open" | "waiting" | "paused" | "ended" | "failed";

export interface RunStreamOptions {
  readonly executionId: string;
  readonly afterSequence: number;
  readonly onEvent: (event: RunEvent) => void;
  readonly onState?: (state: StreamState, problem: ProblemError | null) => void;
}

export interface RunStream {
  close(): void;
}

const STOOD_MS = 2000;
const SILENCE_MS = 75_000; // two and a half heartbeats

/** Opens the stream of a run's events after a sequence number; it comes back by itself until the run has ended. */
export function openRunStream(options: RunStreamOptions): RunStream {
  const closing = new AbortController();
  void follow(options, closing.signal);
  return { close: () => closing.abort() };
}

async function follow({ executionId, afterSequence, onEvent, onState }: RunStreamOptions, closed: AbortSignal) {
  let last = afterSequence;
  let tries = 0;
  const tell = (state: StreamState, problem: ProblemError | null = null) => {
    if (!closed.aborted) onState?.(state, problem);
  };
  const take = (event: RunEvent): boolean => {
    if (closed.aborted || (event.seq !== null && event.seq <= last)) return false;
    if (event.seq !== null) last = event.seq;
    tries = 0;
    onEvent(event);
    return event.data.final === true;
  };
  while (!closed.aborted) {
    if (isHidden()) {
      tell("paused");
      await untilShown(closed);
      continue;
    }
    tell("connecting");
    let openedAt = Number.POSITIVE_INFINITY;
    const pieces = new AbortController();
    const stop = () => pieces.abort();
    const hide = () => isHidden() && stop();
    closed.addEventListener("abort", stop);
    document.addEventListener("visibilitychange", hide);
    try {
      const outcome = await readOnce(executionId, last, pieces, take, () => {
        openedAt = Date.now();
        tell("open");
      });
      if (outcome === "ended") return tell("ended");
    } catch (error) {
      const problem = asProblem(error);
      const isFinal = problem.status >= 400 && problem.status < 500 && problem.status !== 429 && problem.status !== 408;
      if (isFinal && !pieces.signal.aborted) return tell("failed", problem);
      if (problem.retryAfterS !== null) await pause(problem.retryAfterS * 1000, closed);
    } finally {
      closed.removeEventListener("abort", stop);
      document.removeEventListener("visibilitychange", hide);
    }
    if (closed.aborted || isHidden()) continue;
    // A run may be silent for long: a stream that stood is as good as one that brought something.
    if (Date.now() - openedAt >= STOOD_MS) tries = 0;
    tell("waiting");
    await pause(backoffMs(tries++), closed);
  }
}

async function readOnce(
  executionId: string,
  after: number,
  stop: AbortController,
  take: (event: RunEvent) => boolean,
  opened: () => void,
): Promise<"ended" | "cut"> {
  const url = new URL(`/api/streaming/executions/${encodeURIComponent(executionId)}/stream/`, location.origin);
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  // A position in the header tells the server that we were here before: an ended run then answers 204.
  if (after > 0) headers["Last-Event-ID"] = String(after);
  const response = await authorizedFetch(new Request(url, { headers, signal: stop.signal, cache: "no-store" }));
  if (response.status === 204) return "ended";
  if (!response.ok || response.body === null) throw problemOf(response, await response.json().catch(() => null));
  opened();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parse = sseParser();
  for (;;) {
    const watchdog = setTimeout(() => stop.abort(), SILENCE_MS);
    const { done, value } = await reader.read().finally(() => clearTimeout(watchdog));
    if (done) return "cut";
    for (const { data } of parse(decoder.decode(value, { stream: true }))) {
      const event = readEvent(data);
      if (event !== null && take(event)) {
        stop.abort();
        return "ended";
      }
    }
  }
}

function readEvent(data: string): RunEvent | null {
  try {
    const event: unknown = parseJson(data);
    if (typeof event !== "object" || event === null || !("type" in event) || !("data" in event)) return null;
    return event as RunEvent; // the wire's shape, checked as far as it is relied on
  } catch {
    return null;
  }
}

function untilShown(closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      if (isHidden() && !closed.aborted) return;
      document.removeEventListener("visibilitychange", done);
      closed.removeEventListener("abort", done);
      resolve();
    };
    document.addEventListener("visibilitychange", done);
    closed.addEventListener("abort", done);
  });
}

function pause(ms: number, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      closed.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    closed.addEventListener("abort", done);
  });
}

function isHidden(): boolean {
  return document.visibilityState === "hidden";
}
