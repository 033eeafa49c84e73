// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NodeType } from "@/domain/definition";
import { emptyDefinition, readDefinition } from "@/domain/definition";
import { METHODS } from "@/domain/expressions/methods";
import * as format from "@/domain/format";
import { labelsOf, randomId, uniqueLabel } from "@/domain/ids";
import { findInNodes, score, searchEntries, searchMisfits, searchTypes } from "@/domain/search";
import { summaryOf } from "@/domain/summary";
import shipped from "../fixtures/catalogue.json";
import { definition, node, nodeType } from "./sample";

// The fixture is what `GET /api/nodes/` answers.
const types = shipped as unknown as NodeType[];
const named = (kind: string): NodeType => types.find((type) => type.kind === kind) ?? nodeType(kind);

describe("summary", () => {
  it("fills the catalogue's template", () => {
    const http = named("http_request");
    expect(summaryOf(http, { method: "POST", url: "api.example.org/{{ $json.id }}" })).toBe(
      "POST api.example.org/{$json.id}",
    );
    expect(summaryOf(http, {})).toBe("GET");
    expect(summaryOf(named("set"), { assignments: [{}, {}] })).toBe("2 fields");
    expect(summaryOf(named("set"), { assignments: [], json: "{}" })).toBe(named("set").label);
    expect(summaryOf(named("set"), { assignments: [{}] })).toBe("1 field");
    expect(summaryOf(named("webhook_trigger"), { methods: ["GET", "POST"], path: "a" })).toBe("GET, POST a");
    expect(summaryOf(named("human_task"), { title: "x".repeat(200) })).toHaveLength(120);
    expect(summaryOf(named("no_op"), {})).toBe(named("no_op").label);
    const odd = nodeType("odd", { summary: "{{ a.b.0 }} {{ c }} {{ }} {{ d.x.y }}" });
    expect(summaryOf(odd, { a: { b: ["deep"] }, c: { z: 1 }, d: [{}, {}] })).toBe("deep");
    expect(summaryOf(odd, {})).toBe("odd");
    expect(summaryOf(nodeType("fixed", { summary: "Always" }), {})).toBe("Always");
    const first = { left: "{{ $json.total }}", operator: "gt", right: 5 };
    expect(summaryOf(named("if"), { conditions: [first] })).toBe("{$json.total} is greater than 5");
    expect(summaryOf(named("filter"), { conditions: [first, {}] })).toBe("{$json.total} is greater than 5 + 1 more");
    expect(summaryOf(named("if"), { conditions: [{ left: "{{ $json.a }}", operator: "exists" }] })).toBe(
      "{$json.a} exists",
    );
    expect(summaryOf(named("if"), {})).toBe("If");
    expect(summaryOf(named("switch"), { cases: [{}, {}] })).toBe("2 cases");
    expect(summaryOf(named("merge"), { mode: "combine_by_position" })).toBe("Combine by position");
    expect(summaryOf(named("limit"), { max_items: 3 })).toBe("3 first items");
    expect(summaryOf(named("json"), {})).toBe("Parse data");
    expect(summaryOf(nodeType("list", { summary: "{{ a }}" }), { a: [{}, {}] })).toBe("2");
  });
});

describe("search", () => {
  const first = (query: string, filter = {}): string | undefined => searchTypes(types, query, filter)[0]?.kind;

  it("finds by name, alias, category and description: prefix before word before letters", () => {
    expect(first("http")).toBe("http_request");
    expect(first("delay")).toBe("wait");
    expect(first("htrq")).toBe("http_request");
    expect(first("sub")).toBe("sub_workflow");
    expect(searchTypes(types, "zzzz")).toEqual([]);
    expect(searchTypes(types, "")).toHaveLength(types.length);
    const trigger = searchTypes(types, "trigger")
      .slice(0, 5)
      .map((type) => type.is_trigger);
    expect(trigger).toEqual([true, true, true, true, true]);
  });

  it("puts the recent first among equals, and offers compatible types only", () => {
    expect(
      searchTypes(types, "", { recent: ["wait", "set"] })
        .slice(0, 2)
        .map((type) => type.kind),
    ).toEqual(["wait", "set"]);
    expect(searchTypes(types, "", { accepts: "items" }).some((type) => type.is_trigger)).toBe(false);
    expect(searchTypes(types, "", { gives: "items" }).some((type) => type.kind === "stop_and_error")).toBe(false);
    expect(searchTypes(types, "", { gives: "items" }).some((type) => type.kind === "switch")).toBe(true);
    expect(searchTypes([nodeType("old", { deprecated: true })], "")).toEqual([]);
  });

  it("says why a type that is searched does not fit", () => {
    const against = (query: string, filter: object) =>
      searchMisfits(types, query, filter).find(({ type }) => type.label.toLowerCase().includes(query))?.reason;
    expect(against("manual", { accepts: "items" })).toBe("trigger");
    expect(against("http", { accepts: "model" })).toBe("takes");
    expect(against("stop", { gives: "items" })).toBe("gives");
    expect(searchMisfits(types, "", {})).toEqual([]);
    const all = [...searchTypes(types, "", { accepts: "items" }), ...searchMisfits(types, "", { accepts: "items" })];
    expect(all).toHaveLength(types.length);
    expect(
      searchTypes([nodeType("x", { category: "c" })], "Kitchen", {
        categories: [{ slug: "c", label: "Kitchen", color: "", kinds: [] }],
      }),
    ).toHaveLength(1);
  });

  it("scores", () => {
    const ranks = ["wait", "Wait for it", "A wait", "A long wait for one", "await", "w.a.i.t"].map((text) =>
      score(text, "Wait"),
    );
    expect(ranks).toEqual([...ranks].sort((one, other) => other - one));
    expect(score("Café crème", "cafe creme")).toBe(100);
    expect(score("Send the mail", "se ma")).toBe(55);
    expect([score("abc", "x"), score("a long text with b far", "ab"), score("abc", "")]).toEqual([0, 0, 1]);
    expect(searchEntries(["b page", "a page", "page"], "page", (entry) => [entry])).toEqual([
      "page",
      "b page",
      "a page",
    ]);
  });

  it("finds nodes by label, params, notes and kind, in canvas order", () => {
    const now = definition([
      node("a", "step", { url: `${"x".repeat(50)} needle ${"y".repeat(60)}` }, 500, 0),
      { ...node("b"), data: { ...node("b").data, label: "Needle" } },
      node("c", "note", { text: "a needle" }, 0, 100),
      node("d", "needle_kind", {}, 900),
      node("e"),
    ]);
    expect(findInNodes(now, " needle ", () => "Kind").map((hit) => [hit.id, hit.where])).toEqual([
      ["b", "label"],
      ["c", "note"],
      ["a", "params"],
      ["d", "kind"],
    ]);
    expect(findInNodes(now, "needle", () => "")[2]?.excerpt).toMatch(/^….*needle.*…$/);
    expect(findInNodes(now, " ", () => "")).toEqual([]);
  });
});

describe("format", () => {
  it.each([
    [null, "–"],
    [Number.NaN, "–"],
    [0, "0 ms"],
    [212, "212 ms"],
    [1400, "1.4 s"],
    [9_960, "10 s"],
    [59_400, "59 s"],
    [59_900, "1 min 00 s"],
    [125_000, "2 min 05 s"],
    [12_000_000, "3 h 20 min"],
    [187_200_000, "2 d 4 h"],
  ])("duration %s: %s", (ms, text) => expect(format.formatDuration(ms)).toBe(text));

  it("countdown", () => {
    expect([252_000, 3_852_000, -5, 200 * 3_600_000].map(format.formatCountdown)).toEqual([
      "04:12",
      "1:04:12",
      "00:00",
      "8 d 8 h",
    ]);
  });

  it.each([
    [undefined, "–"],
    [0, "0"],
    [1240, "1,240"],
    [12_400, "12.4k"],
    [99_960, "100k"],
    [999_960, "1M"],
    [3_100_000, "3.1M"],
    [2e9, "2B"],
  ])("count %s: %s", (count, text) => expect(format.formatCount(count)).toBe(text));

  it.each([
    [null, "–"],
    [512, "512 B"],
    [12_700, "12.4 KB"],
    [1_048_575, "1 MB"],
    [3 * 1024 ** 3, "3 GB"],
    [5000 * 1024 ** 4, "5000 TB"],
  ])("bytes %s: %s", (bytes, text) => expect(format.formatBytes(bytes)).toBe(text));

  it("moments, near and far", () => {
    const now = Date.parse("2026-03-10T12:00:00Z");
    const at = (ms: number) => format.formatRelative(now + ms, now);
    expect([0, 20_000, -50_000, -3_000_000, 7_200_000, -86_400_000, 3 * 86_400_000].map(at)).toEqual([
      "just now",
      "in a moment",
      "1 min ago",
      "50 min ago",
      "in 2 h",
      "1 d ago",
      "in 3 d",
    ]);
    expect(at(-30 * 86_400_000)).toBe("8 Feb");
    expect([format.formatRelative(null, now), format.formatRelative("odd", now)]).toEqual(["–", "–"]);
    expect(format.formatDate("2025-03-01T00:00:00Z", now, "UTC")).toBe("1 Mar 2025");
    expect(format.formatMoment("2026-03-01T09:30:00Z", "UTC")).toBe("1 Mar 2026, 09:30:00");
    expect(format.formatMoment("2026-03-01T09:30:00Z")).toMatch(/2026/);
    expect([format.formatMoment(null), format.formatMoment("x")]).toEqual(["–", "–"]);
  });

  it("money and words", () => {
    expect(
      ["0.000000", "0.004210", "0.00001", "12.5", "1234.567", "-0.5", null, "", "x"].map(format.formatMoney),
    ).toEqual(["$0", "$0.0042", "<$0.0001", "$12.50", "$1,234.57", "-$0.50", "–", "–", "–"]);
    expect([format.counted(1, "item"), format.counted(2000, "item"), format.counted(0, "entry", "entries")]).toEqual([
      "1 item",
      "2,000 items",
      "0 entries",
    ]);
  });
});

describe("reading and naming", () => {
  it("reads anything as a definition, and fills what was left out", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => void readDefinition(value)),
      { numRuns: 300 },
    );
    expect(readDefinition(null)).toEqual(emptyDefinition());
    const read = readDefinition({
      nodes: [{ id: "a", type: "x", extra: 1, data: { kept: 2 } }, { id: 3 }],
      edges: [{ source: "a", target: "a" }, {}],
      viewport: { zoom: 2 },
    });
    expect(read.nodes).toEqual([
      {
        id: "a",
        type: "x",
        extra: 1,
        position: { x: 0, y: 0 },
        data: { kept: 2, label: "", version: 1, params: {}, credentials: {}, settings: {} },
      },
    ]);
    expect(read.edges).toEqual([
      { id: "e0:a:main:a:main", source: "a", sourceHandle: "main", target: "a", targetHandle: "main" },
    ]);
    expect(read.viewport).toEqual({ x: 0, y: 0, zoom: 2 });
  });

  it("keeps a definition as it is, unknown kinds included", () => {
    const now = definition([node("a", "mystery", { x: [1, { y: null }] })]);
    expect(JSON.stringify(readDefinition(now))).toBe(JSON.stringify(now));
  });

  it("makes labels unique and ids random", () => {
    expect(uniqueLabel("A", new Set(["A", "A 2"]))).toBe("A 3");
    expect(uniqueLabel("A 2", new Set(["A 2"]))).toBe("A 3".replace("3", "3"));
    expect([uniqueLabel(" ", new Set()), uniqueLabel("x".repeat(300), new Set())]).toEqual(["Node", "x".repeat(190)]);
    expect(new Set(Array.from({ length: 500 }, () => randomId("n"))).size).toBe(500);
    expect(labelsOf(definition([node("a"), { ...node("b"), data: { ...node("b").data, label: "" } }])).size).toBe(1);
  });

  it("has help for methods of each type", () => {
    for (const helps of Object.values(METHODS)) {
      expect(new Set(helps.map((help) => help.name)).size).toBe(helps.length);
      expect(helps.every((help) => help.info.endsWith("."))).toBe(true);
    }
  });
});
