// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Execution, NodeRun, RunEvent } from "@/domain/definition";
import type { JsonObject } from "@/domain/json";
import {
  emptyRun,
  hasGap,
  itemCount,
  iterationsOf,
  latestOf,
  nodePath,
  type RunState,
  stepPlace,
  withEvent,
  withEvents,
  withSnapshot,
} from "@/domain/runState";

let last = 0;
function event(type: string, data: JsonObject = {}, node: string | null = null, path = ""): RunEvent {
  last += 1;
  return { seq: last, type, at: `2026-03-01T09:00:0${last % 10}.000Z`, execution_id: "x", node_id: node, path, data };
}

function story(): RunEvent[] {
  last = 0;
  return [
    event("execution.queued", { status: "pending" }),
    event("execution.started", { status: "running", total: 4 }),
    event("node.started", { label: "Fetch", kind: "http", attempt: 1, items_in: { main: 3 } }, "a"),
    event("node.retrying", { attempt: 1, next_at: "later", error: { code: "c", message: "m" } }, "a"),
    event("node.started", { label: "Fetch" }, "a"),
    event("log", { level: "warning", message: "slow", source: "code" }, "a"),
    event(
      "node.completed",
      { node_run_id: "r", items_out: { main: 3 }, active_handles: ["main"], preview: { main: [] }, duration_ms: 7 },
      "a",
    ),
    event("progress", { done: 1, total: 4 }),
    event("something.new", { whatever: 1 }, "a"),
    event("node.skipped", { label: "Other", reason: "branch_not_taken" }, "b"),
    event("node.started", { label: "Body" }, "c", "l:10"),
    event("node.started", { label: "Body" }, "c", "l:2"),
    event("progress", { done: 1, total: 2 }, "c", "l:2"),
    event(
      "node.failed",
      { attempt: 3, handled: true, error: { code: "e", message: "bad", details: { status: 500 } } },
      "c",
      "l:2",
    ),
    event("human_task.opened", { task: { id: "t", expires_at: "then" } }, "h"),
    event("execution.waiting", { status: "waiting", reason: "human_task", human_task_id: "t" }),
    event("human_task.closed", { human_task_id: "t", status: "approved" }, "h"),
    event("execution.resumed", { status: "running" }),
    event("node.started", {}, "d"),
    event("execution.failed", {
      status: "failed",
      final: true,
      end_reason: "error",
      error: { code: "x", message: "y", node_id: "c" },
      duration_ms: 99,
    }),
  ];
}

describe("events", () => {
  it("come to the same state in any order and any number of times", () => {
    const events = story();
    const wanted = withEvents(emptyRun("x"), events);
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...events, ...events, ...events.slice(0, 5)], { minLength: 2 * events.length + 5 }),
        (shuffled) => {
          const state = withEvents(emptyRun("x"), shuffled);
          expect(hasGap(state)).toBe(false);
          expect(state).toEqual(wanted);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("wait for one that is missing", () => {
    const events = story();
    const state = withEvents(emptyRun("x"), [...events.slice(0, 2), ...events.slice(3)]);
    expect(state.seq).toBe(2);
    expect(hasGap(state)).toBe(true);
    expect(withEvent(state, events[2] as RunEvent).seq).toBe(events.length);
  });

  it("tell status, counts, attempts, errors, logs and waits of each node and path", () => {
    const events = story();
    const at = (count: number): RunState => withEvents(emptyRun(), events.slice(0, count));
    expect(latestOf(at(4), "a")).toMatchObject({ status: "retrying", retryAt: "later", error: { message: "m" } });
    expect(itemCount(latestOf(at(4), "a"), "main")).toBeNull();
    const end = at(events.length);
    expect(latestOf(end, "a")).toMatchObject({
      status: "completed",
      attempt: 2,
      label: "Fetch",
      kind: "http",
      durationMs: 7,
    });
    expect(latestOf(end, "a")?.attempts).toHaveLength(1);
    expect(itemCount(latestOf(end, "a"), "main")).toBe(3);
    expect(itemCount(latestOf(end, "a"), "error")).toBe(0);
    expect(itemCount(undefined, "main")).toBeNull();
    expect(latestOf(end, "b")).toMatchObject({ status: "skipped", skippedBecause: "branch_not_taken" });
    expect(iterationsOf(end, "c")).toEqual(["l:2", "l:10"]);
    expect(latestOf(end, "c", "l:2")).toMatchObject({
      status: "failed",
      handled: true,
      attempt: 3,
      progress: { done: 1, total: 2 },
    });
    expect(latestOf(end, "none")).toBeUndefined();
    expect(end.logs).toMatchObject([{ nodeId: "a", level: "warning", message: "slow" }]);
    const waiting = at(16);
    expect(waiting.waiting).toMatchObject({ reason: "human_task", humanTaskId: "t" });
    expect(latestOf(waiting, "h")).toMatchObject({ status: "waiting", waiting: { until: "then" } });
    expect(latestOf(waiting, "c", "l:10")?.status).toBe("waiting");
    expect(waiting.openTasks).toEqual({ t: "h" });
    expect(at(17).openTasks).toEqual({});
    expect(end).toMatchObject({
      status: "failed",
      isFinal: true,
      endReason: "error",
      durationMs: 99,
      error: { node_id: "c" },
    });
    expect(latestOf(end, "d")?.status).toBe("cancelled");
  });

  it("join streamed text by its index, mark what was lost, and start again with an attempt", () => {
    const delta = (index: number, text: string, channel = "text"): RunEvent => ({
      ...event("node.delta", { index, text, channel }, "m"),
      seq: null,
    });
    const pieces = [delta(0, "Hel"), delta(1, "lo"), delta(1, "lo"), delta(2, "x", "reasoning"), delta(3, "!")];
    const state = withEvents(emptyRun("x"), pieces);
    expect(latestOf(state, "m")?.text).toBe("Hello…!");
    last = 0;
    expect(latestOf(withEvent(state, event("node.started", {}, "m")), "m")?.text).toBe("");
    const bare: RunEvent = { ...event("node.delta", { text: "a" }, "m"), seq: null };
    expect(latestOf(withEvent(emptyRun(), bare), "m")?.text).toBe("a");
  });

  it("of unknown shape change nothing but the count", () => {
    last = 0;
    const odd = [
      "execution.new",
      "progress",
      "node.started",
      "node.completed",
      "human_task.opened",
      "log",
      "node.waiting",
      "node.failed",
      "node.retrying",
      "execution.started",
    ].map((type) => event(type, { status: "odd", total: "x", active_handles: 3, items_in: 3, error: 3 }));
    const state = withEvents(emptyRun("x"), odd);
    expect(state).toMatchObject({ seq: odd.length, status: null, progress: { done: 0, total: 0 } });
    expect(state.runs.size).toBe(0);
    last = 0;
    expect(
      latestOf(withEvent(emptyRun(), event("node.waiting", { reason: "timer", until: "u" }, "w")), "w"),
    ).toMatchObject({ status: "waiting", waiting: { reason: "timer" } });
    expect(withEvent(emptyRun("other"), story()[0] as RunEvent).seq).toBe(0);
  });

  it("keep 10,000 log lines", () => {
    last = 0;
    const state = withEvents(
      emptyRun("x"),
      Array.from({ length: 10_050 }, (_, at) => event("log", { message: `${at}` })),
    );
    expect(state.logs).toHaveLength(10_000);
    expect(state.logs.at(-1)?.message).toBe("10049");
  });
});

describe("snapshots", () => {
  const execution = (change: Partial<Execution>): Execution =>
    ({
      id: "x",
      status: "running",
      last_sequence: 7,
      progress: { done: 1, total: 4 },
      error: null,
      end_reason: null,
      waiting: null,
      started_at: "s",
      finished_at: null,
      duration_ms: null,
      ...change,
    }) as Execution;
  const row = (change: Partial<NodeRun>): NodeRun =>
    ({
      id: "r",
      node_id: "a",
      node_label: "Fetch",
      kind: "http",
      path: "",
      status: "completed",
      attempt: 1,
      attempts: [],
      inputs: { main: [{ json: {} }] },
      outputs: { main: [{ json: {} }] },
      item_counts: { main: 70 },
      active_handles: ["main"],
      error: null,
      ...change,
    }) as NodeRun;

  it("stand for the events up to theirs; later ones go on from there", () => {
    const events = story();
    const early = withEvents(emptyRun("x"), events.slice(10));
    const state = withSnapshot(early, { execution: execution({ last_sequence: 10 }), nodeRuns: [row({})] });
    expect(state.seq).toBe(events.length);
    expect(latestOf(state, "a")).toMatchObject({ itemsOut: { main: 70 }, itemsIn: { main: 1 } });
    expect(state.isFinal).toBe(true);
  });

  it("that are older than what was seen change nothing, and one of another run starts anew", () => {
    const seen = withEvents(emptyRun("x"), story());
    expect(withSnapshot(seen, { execution: execution({}), nodeRuns: [] })).toBe(seen);
    const other = withSnapshot(seen, { execution: execution({ id: "y" }), nodeRuns: [] });
    expect(other).toMatchObject({ executionId: "y", seq: 7, status: "running" });
    expect(other.runs.size).toBe(0);
  });

  it("tell why a run waits, and keep what only events told", () => {
    const seen = withEvents(emptyRun("x"), story().slice(0, 5));
    const wait = { reason: "timer", node_id: "a", since: "s", until: "u", human_task_id: null, signal: null };
    const state = withSnapshot(seen, {
      execution: execution({ status: "waiting", waiting: wait }),
      nodeRuns: [row({ status: "waiting", outputs: {}, item_counts: {} })],
    });
    expect(state.waiting).toEqual({ reason: "timer", nodeId: "a", since: "s", until: "u", humanTaskId: null });
    expect(latestOf(state, "a")).toMatchObject({ status: "waiting", itemsIn: { main: 1 } });
  });
});

describe("steps of a node", () => {
  const STEP_EVENTS: [string, JsonObject][] = [
    ["node.started", { kind: "step.model", label: "Agent", attempt: 4 }],
    ["node.delta", { text: "piece", index: 0 }],
    ["progress", { done: 1, total: 2 }],
    ["node.waiting", { reason: "human_task" }],
    ["human_task.opened", { task: { id: "t" } }],
    ["human_task.closed", { human_task_id: "t" }],
    ["node.retrying", { attempt: 4, error: { code: "c", message: "m" } }],
    ["node.completed", { node_run_id: "r", items_out: { main: 9 }, duration_ms: 1 }],
    ["node.failed", { attempt: 5, handled: true, error: { code: "c", message: "m" } }],
    ["node.skipped", { reason: "x" }],
  ];
  const PLACES = [
    ["agent", ""],
    ["agent", "loop:1"],
    ["agent", "outer:0/loop:12"],
    ["a@1.b/c", ""],
    ["a@1.b/c", "l@0.x:3"],
  ] as const;

  it("have paths that no node run has, whatever ids and paths hold", () => {
    for (const [id, home] of PLACES) {
      const path = `${home === "" ? "" : `${home}/`}${id}@0.call-1.t_0`;
      expect(stepPlace(id, path)).toEqual({ home, key: "0.call-1.t_0" });
      expect(nodePath(id, path)).toBe(home);
      expect([stepPlace(id, home), nodePath(id, home)]).toEqual([null, home]);
    }
    expect(stepPlace("other", "agent@0.first")).toBeNull();
    expect(stepPlace("agent", "my-agent@0.first")).toBeNull();
    expect(stepPlace("agent@0.first", "agent@0.first:1")).toBeNull();
  });

  it("change nothing of their node, whatever happens to them", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PLACES),
        fc.array(fc.constantFrom(...STEP_EVENTS), { maxLength: 12 }),
        fc.boolean(),
        ([id, home], events, isFirst) => {
          last = 0;
          const path = `${home === "" ? "" : `${home}/`}${id}@0.first`;
          const started = { label: "Agent", kind: "agent", attempt: 2, items_in: { main: 1 } };
          const before = withEvents(emptyRun("x"), isFirst ? [] : [event("node.started", started, id, home)]);
          const after = withEvents(
            before,
            events.map(([type, data]) => event(type, data, id, path)),
          );
          expect(after.seq).toBe(before.seq + events.length);
          expect(after.runs).toBe(before.runs);
          expect(iterationsOf(after, id)).toEqual(isFirst ? [] : [home]);
          expect(after.progress).toEqual(before.progress);
        },
      ),
    );
  });

  it("are kept by themselves, with what a model streams into them", () => {
    last = 0;
    const path = "agent@0.first";
    const state = withEvents(emptyRun("x"), [
      event("node.started", { kind: "agent" }, "agent"),
      event("node.started", { kind: "step.model", attempt: 1 }, "agent", path),
      event("node.delta", { text: "Hel", index: 0 }, "agent", path),
      event("log", { message: "said" }, "agent", path),
    ]);
    const step = [...state.steps.values()][0];
    expect([step?.status, step?.text, step?.kind]).toEqual(["running", "Hel", "step.model"]);
    expect(latestOf(state, "agent")?.text).toBe("");
    expect(state.logs.map((line) => line.path)).toEqual([""]);
    const over = withEvents(state, [event("execution.cancelled", { status: "cancelled" })]);
    expect([...over.steps.values()].map(({ status }) => status)).toEqual(["cancelled"]);
  });

  it("tell their node what is planned, as it was told last", () => {
    last = 0;
    const state = withEvents(emptyRun("x"), [
      event("node.started", { kind: "plan_and_execute" }, "agent", "loop:1"),
      event("planning", { plan: [{ order: 1, action: "Look", status: "pending" }] }, "agent", "loop:1/agent@0.d0"),
      event("planning", { plan: [{ order: 1, action: "Look", status: "done" }, "?"] }, "agent", "loop:1/agent@0.d1"),
    ]);
    expect(latestOf(state, "agent")?.plan).toEqual([{ order: 1, action: "Look", status: "done" }]);
  });

  it("are no node runs where a snapshot holds them", () => {
    const execution = { id: "x", status: "running", last_sequence: 9 } as Execution; // what is read of it
    const row = { node_id: "agent", path: "agent@0.first", kind: "step.model", status: "failed" } as NodeRun;
    expect(withSnapshot(emptyRun("x"), { execution, nodeRuns: [row] }).runs.size).toBe(0);
  });
});
