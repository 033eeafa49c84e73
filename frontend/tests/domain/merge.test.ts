// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { perform } from "@/domain/commands";
import type { Definition } from "@/domain/definition";
import { diffDefinitions, fieldChanges } from "@/domain/diff";
import { mergeDefinitions, resolveConflict } from "@/domain/merge";
import { anyAction, anyDefinition, counter, definition, edge, node } from "./sample";

type Draw = typeof anyAction extends fc.Arbitrary<infer T> ? T : never;

function changed(start: Definition, draws: readonly Draw[], prefix: string): Definition {
  const count = counter();
  return draws.reduce((now, draw) => {
    const command = draw(now, (kind) => `${prefix}${count(kind)}`);
    return command === null ? now : perform(now, command).definition;
  }, start);
}

const actions = fc.array(anyAction, { maxLength: 6 });

describe("three-way merge", () => {
  it("takes one side as it is while the other did nothing", () => {
    fc.assert(
      fc.property(anyDefinition, actions, (base, draws) => {
        const other = changed(base, draws, "o");
        for (const merged of [mergeDefinitions(base, other, base), mergeDefinitions(base, base, other)]) {
          expect(merged.conflicts).toEqual([]);
          expect(diffDefinitions(other, merged.definition).isEmpty).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("never drops a side: what either changed stands there, or is a conflict with both values", () => {
    fc.assert(
      fc.property(anyDefinition, actions, actions, (base, draws, others) => {
        const [mine, theirs] = [changed(base, draws, "m"), changed(base, others, "t")];
        const { definition: merged, conflicts } = mergeDefinitions(base, mine, theirs);
        const ids = new Set(merged.nodes.map((entry) => entry.id));
        const listed = new Set(conflicts.map((entry) => entry.node));
        for (const [side, other] of [
          [mine, theirs],
          [theirs, mine],
        ] as const) {
          const { nodes } = diffDefinitions(base, side);
          const removed = diffDefinitions(base, other).nodes.removed.map((entry) => entry.id);
          for (const added of nodes.added) expect(ids.has(added.id)).toBe(true);
          for (const change of nodes.changed) {
            expect(ids.has(change.id)).toBe(true);
            if (removed.includes(change.id)) expect(listed.has(change.id)).toBe(true);
            else if (!listed.has(change.id)) {
              const now = merged.nodes.find((entry) => entry.id === change.id);
              const own = side.nodes.find((entry) => entry.id === change.id);
              const left = own && now ? fieldChanges(own.data, now.data) : [];
              const theirsChanged = diffDefinitions(base, other).nodes.changed.find((entry) => entry.id === change.id);
              if (theirsChanged === undefined) expect(left).toEqual([]);
            }
          }
        }
        expect(merged.edges.every((entry) => ids.has(entry.source) && ids.has(entry.target))).toBe(true);
        expect(new Set(merged.edges.map((entry) => entry.id)).size).toBe(merged.edges.length);
      }),
      { numRuns: 300 },
    );
  });

  const base = definition([node("a", "step", { url: "x", body: { n: 1 } }), node("b")], [edge("a", "b")]);
  const withParams = (params: Record<string, string>): Definition => ({
    ...base,
    nodes: base.nodes.map((entry) =>
      entry.id === "a" ? { ...entry, data: { ...entry.data, params: { ...entry.data.params, ...params } } } : entry,
    ),
  });

  it("keeps both sides' params of one node", () => {
    const {
      definition: merged,
      conflicts,
      fromTheirs,
    } = mergeDefinitions(base, withParams({ url: "mine" }), withParams({ method: "PUT" }));
    expect(merged.nodes[0]?.data.params).toEqual({ url: "mine", body: { n: 1 }, method: "PUT" });
    expect(conflicts).toEqual([]);
    expect(fromTheirs).toEqual(["a"]);
  });

  it("lists the same param with both values, and takes the one chosen", () => {
    const { definition: merged, conflicts } = mergeDefinitions(
      base,
      withParams({ url: "mine" }),
      withParams({ url: "theirs" }),
    );
    expect(conflicts).toEqual([
      { node: "a", path: ["data", "params", "url"], label: "A", base: "x", mine: "mine", theirs: "theirs" },
    ]);
    const [conflict] = conflicts;
    if (conflict === undefined) throw new Error("no conflict");
    expect(resolveConflict(merged, conflict, "theirs").nodes[0]?.data.params.url).toBe("theirs");
    expect(resolveConflict(merged, conflict, "mine")).toEqual(merged);
  });

  it("keeps a node that one side deleted and the other changed, until somebody chose", () => {
    const without: Definition = { ...base, nodes: base.nodes.slice(1), edges: [] };
    for (const [mine, theirs, keeps, drops] of [
      [without, withParams({ url: "new" }), "theirs", "mine"],
      [withParams({ url: "new" }), without, "mine", "theirs"],
    ] as const) {
      const { definition: merged, conflicts } = mergeDefinitions(base, mine, theirs);
      expect(merged.nodes.map((entry) => entry.id).sort()).toEqual(["a", "b"]);
      const [conflict] = conflicts;
      if (conflict === undefined) throw new Error("no conflict");
      expect(conflict.path).toEqual([]);
      expect(resolveConflict(merged, conflict, drops).nodes.map((entry) => entry.id)).toEqual(["b"]);
      expect(resolveConflict(merged, conflict, keeps).nodes).toHaveLength(2);
      expect(
        resolveConflict({ ...merged, nodes: merged.nodes.filter((entry) => entry.id === "b") }, conflict, keeps).nodes,
      ).toHaveLength(2);
    }
    expect(mergeDefinitions(base, without, base).definition.nodes).toHaveLength(1);
    expect(mergeDefinitions(base, without, without).definition.nodes).toHaveLength(1);
  });

  it("lets my place on the canvas win, lists settings, keeps a key one side deleted and the other changed", () => {
    const moved = (x: number): Definition => ({
      ...base,
      nodes: base.nodes.map((entry) => ({ ...entry, position: { x, y: 0 } })),
      settings: { timezone: `UTC${x}` },
    });
    const { definition: merged, conflicts } = mergeDefinitions(base, moved(16), moved(32));
    expect(merged.nodes[0]?.position.x).toBe(16);
    expect(conflicts.map((entry) => [entry.node, entry.path])).toEqual([[null, ["settings", "timezone"]]]);
    const [conflict] = conflicts;
    if (conflict) expect(resolveConflict(merged, conflict, "theirs").settings).toEqual({ timezone: "UTC32" });
    const bare = { ...base, nodes: base.nodes.map((entry) => ({ ...entry, data: { ...entry.data, params: {} } })) };
    const kept = mergeDefinitions(base, bare, withParams({ url: "new" }));
    expect(kept.definition.nodes[0]?.data.params).toEqual({ url: "new" });
    const deleted = kept.conflicts[0];
    if (deleted) expect(resolveConflict(kept.definition, deleted, "mine").nodes[0]?.data.params).toEqual({});
    if (deleted) expect(resolveConflict(bare, deleted, "theirs").nodes[0]?.data.params).toEqual({ url: "new" });
  });

  it("puts their new nodes where they stood, and gives edges of both sides ids of their own", () => {
    const theirs: Definition = {
      ...base,
      nodes: [node("t"), ...base.nodes],
      edges: [{ ...edge("a", "b"), target: "t" }],
    };
    const mine: Definition = { ...base, edges: [{ ...edge("a", "b"), sourceHandle: "error" }] };
    const { definition: merged } = mergeDefinitions(base, mine, theirs);
    expect(merged.nodes.map((entry) => entry.id)).toEqual(["t", "a", "b"]);
    expect(merged.edges.map((entry) => [entry.sourceHandle, entry.target])).toEqual([
      ["main", "t"],
      ["error", "b"],
    ]);
  });
});

describe("diff", () => {
  it("counts no move, no viewport and no empty credential", () => {
    const start = definition([node("a"), node("n", "note")]);
    const moved: Definition = {
      ...start,
      viewport: { x: 9, y: 9, zoom: 2 },
      nodes: start.nodes.map((entry) => ({
        ...entry,
        position: { x: 99, y: 9 },
        data: { ...entry.data, credentials: { auth: null } },
      })),
    };
    expect(diffDefinitions(start, moved).isEmpty).toBe(true);
  });

  it("lists fields before and after, edges by their ends, settings", () => {
    const before = definition([node("a", "step", { x: { y: 1 }, z: [1] }), node("b")], [edge("a", "b")]);
    const after: Definition = {
      ...definition([
        node("a", "branch", { x: { y: 2 }, z: [1, 2] }),
        { ...node("c"), data: { ...node("c").data, label: "" } },
      ]),
      settings: { timezone: "UTC" },
    };
    const diff = diffDefinitions(before, after);
    expect(diff.nodes.changed).toEqual([
      {
        id: "a",
        label: "A",
        type: "branch",
        changes: [
          { field: "type", before: "step", after: "branch" },
          { field: "params.x.y", before: 1, after: 2 },
          { field: "params.z", before: [1], after: [1, 2] },
        ],
      },
    ]);
    expect(diff.nodes.added.map((entry) => entry.id)).toEqual(["c"]);
    expect(diff.nodes.removed.map((entry) => entry.id)).toEqual(["b"]);
    expect(diff.edges.removed).toHaveLength(1);
    expect(diff.settings).toEqual([{ field: "timezone", before: undefined, after: "UTC" }]);
  });
});
