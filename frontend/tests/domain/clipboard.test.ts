// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Clip, clipOf, readClip, writeClip } from "@/domain/clipboard";
import { duplicate, paste, pasteAt, perform } from "@/domain/commands";
import { anyDefinition, counter, definition, edge, node } from "./sample";

const read = (text: string): Clip => {
  const reading = readClip(text);
  if (!reading.ok) throw new Error(reading.problem);
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

  it("reads n8n: nodes, branches, loops back, notes, and everything else as data", () => {
    const document = {
      name: "x",
      nodes: [
        {
          id: "1",
          name: "Hook",
          type: "n8n-nodes-base.webhook",
          typeVersion: 2,
          position: [0, 10],
          parameters: { path: "a" },
        },
        {
          name: "If",
          type: "n8n-nodes-base.if",
          position: [200, 0],
          parameters: {},
          onError: "continueErrorOutput",
          disabled: true,
        },
        { name: "Set", type: "n8n-nodes-base.set", position: [400, 0], parameters: { value: "={{ $json.x }}" } },
        { name: "Model", type: "lm", position: [400, 200] },
        {
          name: "Note",
          type: "n8n-nodes-base.stickyNote",
          position: [0, 300],
          parameters: { content: "# Hi", width: 400 },
        },
      ],
      connections: {
        Hook: { main: [[{ node: "If", type: "main", index: 0 }]] },
        If: {
          main: [null, [{ node: "Set", type: "main", index: 1 }], [{ node: "Hook", index: 0 }, 3, { node: "Gone" }]],
        },
        Model: { ai_languageModel: [[{ node: "Set", type: "ai_languageModel", index: 0 }]], odd: 3 },
        Gone: { main: [[{ node: "Set" }]] },
      },
    };
    for (const wrapped of [document, { workflow: document }, [document]]) {
      const reading = readClip(JSON.stringify(wrapped));
      if (!reading.ok) throw new Error(reading.problem);
      expect(reading.source).toBe("n8n");
      const { nodes, edges } = reading.clip;
      expect(nodes.map((entry) => [entry.type, entry.data.label])).toEqual([
        ["n8n:n8n-nodes-base.webhook", "Hook"],
        ["n8n:n8n-nodes-base.if", "If"],
        ["n8n:n8n-nodes-base.set", "Set"],
        ["n8n:lm", "Model"],
        ["note", ""],
      ]);
      expect(nodes[0]).toMatchObject({
        position: { x: 0, y: 10 },
        data: { params: { path: "a" }, imported: { typeVersion: 2 } },
      });
      expect(nodes[1]?.data.settings).toEqual({ disabled: true });
      expect(nodes[4]).toMatchObject({ width: 400, height: 160, data: { params: { text: "# Hi" } } });
      expect(edges.map((entry) => [entry.sourceHandle, entry.targetHandle])).toEqual([
        ["main", "main"],
        ["output_2", "input_2"],
        ["error", "main"],
        ["ai_languageModel", "ai_languageModel"],
      ]);
    }
  });
});
