// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { RunEvent } from "@/domain/definition";
import { emptyRun, withEvents } from "@/domain/runState";
import { type StoredStep, stepsOf } from "@/domain/steps";

const at = (second: number) => `2026-03-01T09:00:0${second}.000Z`;

function stored(key: string, change: Partial<StoredStep> = {}): StoredStep {
  const ended = { status: "completed", finished_at: at(2), duration_ms: 1000 };
  return { key, kind: "model", name: key.slice(2), attempt: 1, error: null, started_at: at(1), ...ended, ...change };
}

let seq = 0;
function told(type: string, path: string, second: number, data: RunEvent["data"] = {}): RunEvent {
  seq += 1;
  return { seq, type, at: at(second), execution_id: "x", node_id: "agent", path, data };
}

function steps(rows: readonly StoredStep[], events: readonly RunEvent[], isWhole = true, path = "") {
  seq = 0;
  return stepsOf(rows, withEvents(emptyRun("x"), events).steps.values(), { nodeId: "agent", path, isWhole });
}

describe("the steps of a node run", () => {
  it("are the stored ones, with what events told since", () => {
    seq = 0;
    const found = steps(
      [stored("0.plan"), stored("1.call", { status: "running", finished_at: null, duration_ms: null })],
      [
        told("node.started", "agent@0.plan", 1, { attempt: 1 }),
        told("node.started", "agent@1.call", 2, { attempt: 1 }),
        told("node.failed", "agent@1.call", 5, { attempt: 1, error: { code: "c", message: "m" } }),
        told("node.started", "agent@0.next", 6, { kind: "step.tool", attempt: 1 }),
        told("node.delta", "agent@0.next", 6, { text: "so far", index: 0 }),
        told("node.started", "loop:1/agent@0.other", 7),
      ],
    );
    expect(found.map(({ key, status, kind, item }) => [key, status, kind, item])).toEqual([
      ["0.plan", "completed", "model", 0],
      ["1.call", "failed", "model", 1],
      ["0.next", "running", "tool", 0],
    ]);
    expect(found.map(({ durationMs, text }) => [durationMs, text])).toEqual([
      [1000, ""],
      [3000, ""],
      [null, "so far"],
    ]);
  });

  it("show one that is done again as going on, and none of a page that is not there yet", () => {
    seq = 0;
    const events = [told("node.started", "agent@0.a", 5, { attempt: 2 }), told("node.started", "agent@0.z", 6)];
    const found = steps([stored("0.a", { status: "failed" })], events, false);
    expect(found.map(({ key, status, attempt }) => [key, status, attempt])).toEqual([["0.a", "running", 2]]);
  });

  it("are named like the tool that they call", () => {
    seq = 0;
    const row = { ...stored("0.t0-0", { kind: "tool" }), input: { tool: "weather", arguments: {} } };
    const events = [
      told("node.started", "agent@0.t1-0", 1, { kind: "step.tool" }),
      told("tool.started", "agent@0.t1-0", 1, { tool: "map", arguments: {} }),
    ];
    expect(steps([row, stored("0.t2-0", { kind: "tool" })], events).map(({ name }) => name)).toEqual([
      "weather",
      "t2-0",
      "map",
    ]);
  });

  it("are those of the round that is looked at", () => {
    seq = 0;
    const events = [told("node.started", "loop:1/agent@0.a", 1), told("node.started", "agent@0.b", 2)];
    expect(steps([], events, true, "loop:1").map(({ name }) => name)).toEqual(["a"]);
  });
});
