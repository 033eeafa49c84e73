import { expect, test } from "vitest";
import { newNodeRun } from "@/domain/run/nodeState";
import { type NodeRunState, runKey } from "@/domain/run/state";
import { ancestorsOf, roundsOf, rowsOf, spanOf, timelineOf } from "@/domain/timeline";

function runsOf(...given: readonly (readonly [string, string, number, Partial<NodeRunState>?])[]) {
  return new Map(
    given.map(([nodeId, path, second, change]) => {
      const startedAt = new Date(Date.UTC(2026, 2, 1, 10, 0, second)).toISOString();
      const run = {
        ...newNodeRun(nodeId, path),
        status: "completed" as const,
        startedAt,
        finishedAt: startedAt,
        ...change,
      };
      return [runKey(nodeId, path), run] as const;
    }),
  );
}

const nested = runsOf(
  ["start", "", 0],
  ["inner", "outer:0", 2],
  ["work", "outer:0/inner:1", 5, { status: "failed" }],
  ["outer", "", 1],
  ["outer", "outer:0", 1],
  ["inner", "outer:0/inner:1", 4],
  ["inner", "outer:0/inner:0", 3],
  ["outer", "outer:1", 6],
);

test("rounds stand under their loop and what ran in a round under it, in time", () => {
  const rows = rowsOf(timelineOf(nested), () => true);
  expect(rows.map((row) => [row.depth, row.run.nodeId, row.run.path, row.round, row.holdsFailure])).toEqual([
    [0, "start", "", null, false],
    [0, "outer", "", null, true],
    [1, "outer", "outer:0", 1, true],
    [2, "inner", "outer:0", null, true],
    [3, "inner", "outer:0/inner:0", 1, false],
    [3, "inner", "outer:0/inner:1", 2, true],
    [4, "work", "outer:0/inner:1", null, true],
    [1, "outer", "outer:1", 2, false],
  ]);
});

test("what is below a closed row is left out", () => {
  const rows = rowsOf(timelineOf(nested), () => false);
  expect(rows.map((row) => row.run.nodeId)).toEqual(["start", "outer"]);
});

test("a node run knows all that it stands under", () => {
  expect(ancestorsOf("work", "outer:0/inner:1")).toEqual([
    runKey("inner", "outer:0/inner:1"),
    runKey("inner", "outer:0"),
    runKey("outer", "outer:0"),
    runKey("outer", ""),
  ]);
});

test("a round that goes on is made up from what is in it, and is over with that", () => {
  const going = runsOf(
    ["each", "", 1, { label: "Each", status: "running", finishedAt: null }],
    ["each", "each:3", 2, { status: "running", finishedAt: null }],
    ["work", "each:3", 2],
    ["more", "each:3", 4, { status: "running", finishedAt: null }],
  );
  const roundOf = (runs: typeof going) => timelineOf(runs)[0]?.children[0]?.run;
  expect(roundOf(going)).toMatchObject({ nodeId: "each", path: "each:3", label: "Each", status: "running" });
  const key = runKey("more", "each:3");
  const ended = new Map(going).set(key, {
    ...newNodeRun("more", "each:3"),
    status: "completed",
    startedAt: "2026-03-01T10:00:04.000Z",
    finishedAt: "2026-03-01T10:00:06.000Z",
  });
  expect(roundOf(ended)).toMatchObject({ status: "completed", durationMs: 4000 });
});

test("bars begin with the first node that ran in this run, and go on till now", () => {
  const now = Date.UTC(2026, 2, 1, 10, 1);
  const runs = runsOf(["old", "", 0, { reused: true }], ["new", "", 30, { status: "running", finishedAt: null }]);
  expect(spanOf(runs.values(), now)).toEqual({ from: now - 30_000, to: now });
});

test.each([
  ["", []],
  ["loop:0", [1]],
  ["outer:2/inner:0", [3, 1]],
])("the path %s leads through the rounds %j", (path, rounds) => {
  expect(roundsOf(path)).toEqual(rounds);
});
