import { beforeEach, expect, test, vi } from "vitest";
import { sessionStore } from "./sessionStore";
import { openRunStream, type RunEvent } from "./stream";

vi.mock("./backoff", () => ({ backoffMs: () => 1 }));

const event = (seq: number | null, data: object = {}): string =>
  `${seq === null ? "" : `id: ${seq}\n`}event: node.started\ndata: ${JSON.stringify({ seq, type: "node.started", data })}\n\n`;

beforeEach(() => sessionStore.setState({ status: "signedIn", access: "a1", expiresAt: Date.now() + 1e6 }));

/** Answers one connection after the other, each with a text that is then cut. */
function connections(...answers: (string | number)[]) {
  const positions: (string | null)[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    positions.push(request.headers.get("Last-Event-ID"));
    expect(request.headers.get("Authorization")).toBe("Bearer a1");
    expect(request.url).not.toContain("a1");
    const answer = answers.shift() ?? 204;
    return typeof answer === "number"
      ? new Response(answer === 204 ? null : "{}", { status: answer })
      : new Response(answer);
  });
  return positions;
}

async function follow(): Promise<{ seqs: (number | null)[]; state: string }> {
  const events: RunEvent[] = [];
  return await new Promise((resolve) => {
    openRunStream({
      executionId: "e1",
      afterSequence: 0,
      onEvent: (one) => events.push(one),
      onState: (state) => {
        if (state === "ended" || state === "failed") resolve({ seqs: events.map((one) => one.seq), state });
      },
    });
  });
}

test("cuts lose nothing and repeat nothing: it goes on after the last event it had", async () => {
  const half = event(3).slice(0, 20);
  const positions = connections(event(1) + event(2) + half, event(2) + event(3), "", event(4, { final: true }));
  expect(await follow()).toEqual({ seqs: [1, 2, 3, 4], state: "ended" });
  expect(positions).toEqual([null, "2", "3", "3"]);
});

test("deltas without a number are handed on, and an ended run is not asked again", async () => {
  connections(event(1) + event(null, { text: "He" }) + event(null, { text: "l" }), 204);
  expect(await follow()).toEqual({ seqs: [1, null, null], state: "ended" });
});

test("a server that starts again is waited for; a run that is gone is not", async () => {
  const positions = connections(503, event(1), 404);
  expect(await follow()).toEqual({ seqs: [1], state: "failed" });
  expect(positions).toHaveLength(3);
});
