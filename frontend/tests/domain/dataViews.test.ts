import { describe, expect, it } from "vitest";
import { insertReference } from "@/domain/expressions/insertion";
import { missingKey } from "@/domain/expressions/missing";
import { columnsOf, holdsText, shapeOf } from "@/domain/itemShape";

describe("a reference put into a text", () => {
  it("gets braces outside of an expression, and none inside", () => {
    expect(insertReference("Hi ", 3, "$json.a")).toEqual({ text: "Hi {{ $json.a }}", cursor: 16 });
    expect(insertReference("{{  }}", 3, "$json.a")).toEqual({ text: "{{ $json.a }}", cursor: 10 });
    expect(insertReference("{{ 1 }}", 99, "$json.a").text).toBe("{{ 1 }}{{ $json.a }}");
  });
});

describe("a key that the data does not have", () => {
  const sample = { json: { user: { name: "Ana" }, list: [{ id: 1 }] }, nodes: new Map([["A", { total: 1 }]]) };

  it.each([
    ["{{ $json.usre.name }}", "usre", "user"],
    ["{{ $json['user'].nam }}", "nam", "name"],
    ["{{ $json.list[0].idd }}", "idd", "id"],
    ["{{ $('A').item.json.totl }}", "totl", "total"],
    ["{{ $json.completely_else }}", "completely_else", null],
  ])("is found in %s", (text, key, nearest) => {
    expect(missingKey(text, sample)).toMatchObject({ key, nearest });
  });

  it.each([
    "{{ $json.user.name }}",
    "{{ $json.user.keys() }}",
    "{{ $json.user.name.length }}",
    "{{ $('B').item.json.x }}",
    "plain",
  ])("is not seen in %s", (text) => expect(missingKey(text, sample)).toBeNull());
});

describe("the shape of items", () => {
  const items = [{ json: { a: 1, b: { c: "x" } } }, { json: { a: null, d: [{ e: true }] } }];

  it("has all keys as columns, in the order in which they come up", () => {
    expect(columnsOf(items)).toEqual(["a", "b", "d"]);
  });

  it("has nested fields with all their types and an example", () => {
    expect(shapeOf(items).map(({ path, type, example }) => [path.join("."), type, example])).toEqual([
      ["a", "number | null", 1],
      ["b", "object", { c: "x" }],
      ["b.c", "string", "x"],
      ["d", "array", [{ e: true }]],
      ["d.0.e", "boolean", true],
    ]);
  });

  it("is searched in keys and values", () => {
    expect(items.map((item) => holdsText(item, "X"))).toEqual([true, false]);
    expect(items.map((item) => holdsText(item, "d"))).toEqual([false, true]);
  });
});
