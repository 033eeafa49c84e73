// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Clip, clipOf, readClip, writeClip } from "@/domain/clipboard";
import { duplicate, paste, pasteAt, perform } from "@/domain/commands";
import { anyDefinition, counter, definition, edge, node } from "./sample";

const read = (text: string): Clip => {
  const reading = readClip(text);
  if (!reading.ok || reading.source !== "heddle") throw new Error(JSON.stringify(reading));
  return reading.clip;
};

const all = (now: ReturnType<typeof definition>) => now.nodes.map((entry) => entry.id);

describe("copy and paste", () => {
  it("is stable: a copy, pasted and copied again, holds the same but for ids and labels", () => {
    fc.assert(
      fc.property(anyDefinition, (start) => {
        if (start.nodes.length === 0) return;
        const clip = read(writeClip(clipOf(start, all(start))));
        const once = perform(definition([]), paste(clip, { x: 0, y: 0 }, { credentials: "all" })).definition;
        const twice = perform(
          definition([]),
          paste(read(writeClip(clipOf(once, all(once)))), { x: 0, y: 0 }, { credentials: "all" }),
        ).definition;
        const shape = (now: typeof once) => ({
          nodes: now.nodes.map(({ id: _, ...rest }) => rest),
          edges: now.edges.map((entry) => [
            all(now).indexOf(entry.source),
            entry.sourceHandle,
            all(now).indexOf(entry.target),
            entry.targetHandle,
          ]),
        });
        expect(shape(twice)).toEqual(shape(once));
        expect(all(once).some((id) => all(start).includes(id))).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it("rewrites references inside the set only, makes labels unique, keeps credentials that are yours, and pins", () => {
    const start = definition(
      [node("a"), node("b", "step", { x: "{{ $('A').item.json.x }} {{ $('C').first() }}" }), node("c")],
      [edge("a", "b"), edge("b", "c")],
    );
    start.nodes[1] = {
      ...node("b", "step", start.nodes[1]?.data.params),
      data: {
        ...node("b").data,
        params: start.nodes[1]?.data.params ?? {},
        credentials: { one: "mine", two: "foreign", three: null },
      },
    };
    start.pinned_data = { a: { main: [{ json: { x: 1 } }] }, c: {} };
    const clip = read(writeClip(clipOf(start, ["a", "b"])));
    const change = perform(start, paste(clip, { x: 16, y: 0 }, { credentials: new Set(["mine"]), makeId: counter() }));
    const [one, two] = change.definition.nodes.slice(3);
    expect([one?.data.label, two?.data.label]).toEqual(["A 2", "B 2"]);
    expect(two?.data.params.x).toBe("{{ $('A 2').item.json.x }} {{ $('C').first() }}");
    expect(two?.data.credentials).toEqual({ one: "mine" });
    expect(change.definition.edges.slice(2)).toMatchObject([{ source: one?.id, target: two?.id }]);
    expect(change.definition.pinned_data[one?.id ?? ""]).toEqual({ main: [{ json: { x: 1 } }] });
    expect(change.created).toEqual([one?.id, two?.id]);
  });

  it("rewrites labels that change places without mixing them up", () => {
    const clip: Clip = {
      nodes: [
        { ...node("x"), data: { ...node("x").data, label: "A" } },
        {
          ...node("y", "step", { t: "{{ $('A') + $('A 2') }}" }),
          data: { ...node("y").data, label: "A 2", params: { t: "{{ $('A') + $('A 2') }}" } },
        },
      ],
      edges: [],
      pinned_data: {},
    };
    const pasted = perform(definition([node("a")]), paste(clip, { x: 0, y: 0 }, { credentials: "all" })).definition;
    expect(pasted.nodes.map((entry) => entry.data.label)).toEqual(["A", "A 2", "A 3"]);
    expect(pasted.nodes[2]?.data.params.t).toBe("{{ $('A 2') + $('A 3') }}");
  });

  it("pastes at the pointer and duplicates beside", () => {
    const start = definition([node("a", "step", {}, 100, 50), node("b", "step", {}, 300, 20)]);
    const clip = clipOf(start, ["a", "b"]);
    const at = perform(start, pasteAt(clip, { x: 0, y: 0 }, { credentials: "all" })).definition;
    expect(at.nodes.slice(2).map((entry) => entry.position)).toEqual([
      { x: 0, y: 30 },
      { x: 200, y: 0 },
    ]);
    expect(perform(start, duplicate(start, ["a"])).definition.nodes[2]?.position).toEqual({ x: 132, y: 82 });
    expect(
      perform(start, pasteAt({ nodes: [], edges: [], pinned_data: {} }, { x: 1, y: 1 }, { credentials: "all" }))
        .forward,
    ).toEqual([]);
  });
});

describe("reading pasted text", () => {
  const problem = (text: string) => {
    const reading = readClip(text);
    return reading.ok ? "ok" : reading.problem;
  };
  const many = (count: number) =>
    JSON.stringify({
      heddle: 1,
      nodes: Array.from({ length: count }, (_, at) => ({ id: `n${at}`, type: "step" })),
      edges: [],
    });

  it.each([
    ["not_ours", "hello"],
    ["not_ours", "{ nothing"],
    ["not_ours", "[1, 2]"],
    ["not_ours", '{"heddle": 2, "nodes": []}'],
    ["not_ours", '{"heddle": 1, "nodes": []}'],
    ["not_ours", '{"nodes": [{"name": "a"}]}'],
    [
      "forbidden_key",
      '{"heddle": 1, "nodes": [{"id": "a", "type": "x", "data": {"params": {"__proto__": {"x": 1}}}}]}',
    ],
    ["forbidden_key", '{"heddle": 1, "nodes": [{"id": "a", "type": "x", "data": {"params": {"constructor": 1}}}]}'],
    ["too_deep", `{"heddle": 1, "nodes": [${"[".repeat(200)}${"]".repeat(200)}]}`],
    ["too_large", `{"heddle": 1, "x": "${"x".repeat(5 * 1024 * 1024)}"}`],
    ["too_many_nodes", many(2001)],
    ["ok", many(2000)],
    ["foreign_export", '{"kind": "app", "workflow": {"graph": {}}}'],
    ["foreign_export", '{"data": {"nodes": [], "edges": []}}'],
  ])("%s", (expected, text) => {
    expect(problem(text)).toBe(expected);
  });

  it("takes a fenced block of a chat, and drops double ids and edges that lead nowhere", () => {
    const document = {
      heddle: 1,
      nodes: [{ id: "a", type: "x" }, { id: "a", type: "y" }, 3],
      edges: [
        { source: "a", target: "z" },
        { id: "e", source: "a", target: "a" },
        { id: "e", source: "a", target: "a" },
      ],
    };
    const clip = read(`\`\`\`json\n${JSON.stringify(document)}\n\`\`\``);
    expect(clip.nodes.map((entry) => entry.type)).toEqual(["x"]);
    expect(clip.edges).toMatchObject([{ id: "e", sourceHandle: "main", targetHandle: "main" }]);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readClip(text)),
      { numRuns: 500 },
    );
  });

  it("tells n8n's workflows from others, also wrapped, and hands them on as they are", () => {
    const document = {
      nodes: [{ name: "Hook", type: "n8n-nodes-base.webhook", position: [0, 10], parameters: { path: "a" } }],
      connections: {},
    };
    for (const wrapped of [document, { workflow: document }, [document]]) {
      expect(readClip(JSON.stringify(wrapped))).toEqual({ ok: true, source: "n8n", document: wrapped });
    }
    expect(problem(JSON.stringify({ nodes: [{ name: "Hook", type: "x" }], connections: {} }))).toBe("not_ours");
    expect(problem('{"nodes": [{"name": "a", "type": "b", "position": [], "__proto__": 1}], "connections": {}}')).toBe(
      "forbidden_key",
    );
  });
});
