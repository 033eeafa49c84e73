// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeEntry, type FormEntry, readForm, writeForm, wrongNames } from "@/domain/form";
import { isJsonObject, type Json, type JsonObject } from "@/domain/json";
import { anyJson } from "./sample";

/** A form without what the list adds to it. */
function plain(form: Json): Json {
  if (!isJsonObject(form) || !isJsonObject(form.properties)) return form;
  const properties = Object.entries(form.properties).map(([name, schema]): [string, Json] => {
    const { propertyOrder: _, ...rest } = schema as JsonObject; // the test writes objects there
    return [name, rest];
  });
  return { ...form, properties: Object.fromEntries(properties) };
}

const written = (form: JsonObject): JsonObject => {
  const found = readForm(form);
  if (found === null) throw new Error("only JSON can show it");
  return writeForm(found);
};
const one = (schema: JsonObject): FormEntry | undefined =>
  readForm({ type: "object", properties: { x: schema } })?.entries[0];

describe("a form as a list of fields", () => {
  it("reads and writes every sort of field without loss", () => {
    const form = {
      type: "object",
      title: "Leave",
      required: ["days"],
      properties: {
        reason: { type: "string", format: "textarea", title: "Reason", description: "In a sentence", maxLength: 500 },
        days: { type: "integer", minimum: 1, default: 2 },
        kind: { type: "string", enum: ["paid", "unpaid"], default: "paid" },
        tools: { type: "array", uniqueItems: true, items: { type: "string", enum: ["car", "phone"] } },
        proof: { type: "string", format: "binary" },
        who: { type: "object", properties: { name: { type: "string" } } },
        level: { type: "integer", enum: [1, 2], enumNames: ["low", "high"] },
      },
    };
    expect(plain(written(form))).toEqual(form);
    expect(readForm(form)?.entries.map(({ type }) => type)).toEqual([
      "long_text",
      "integer",
      "choice",
      "choices",
      "file",
      "custom",
      "custom",
    ]);
  });

  it("loses nothing of whatever a schema says", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), anyJson), (given) => {
        const schema = { type: "string", ...given };
        const form = { type: "object", properties: { x: schema } };
        const said = { ...schema } as JsonObject; // as generated
        if (said.default === null || said.default === "") delete said.default;
        if (said.title === "") delete said.title;
        if (said.description === "") delete said.description;
        if (["title", "description"].some((key) => said[key] !== undefined && typeof said[key] !== "string")) return;
        expect(plain(written(form))).toEqual({ type: "object", properties: { x: said } });
      }),
    );
  });

  it("keeps the order of the list, whatever order the stored object has", () => {
    const form = writeForm({
      entries: (readForm({ properties: { b: {}, a: {} } })?.entries ?? []).reverse(),
      rest: {},
    });
    const sorted = {
      ...form,
      properties: { b: (form.properties as JsonObject).b, a: (form.properties as JsonObject).a },
    };
    expect(readForm(sorted as Json)?.entries.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("leaves to JSON what is no list of fields", () => {
    for (const form of [[], "x", { type: "array" }, { properties: { x: true } }, { required: ["gone"] }])
      expect(readForm(form)).toBeNull();
    expect(readForm(null)?.entries).toEqual([]);
  });

  it("drops with the sort what the new one cannot have, and takes the empty away", () => {
    const entry = one({ type: "integer", minimum: 1, default: 2, description: "How many" }) as FormEntry;
    expect(changeEntry(entry, "type", "choice")).toEqual({
      name: "x",
      label: "",
      type: "choice",
      required: false,
      help: "How many",
      choices: [],
      rest: {},
    });
    expect("help" in changeEntry(entry, "help", undefined)).toBe(false);
  });

  it("knows the names that no schema can hold", () => {
    const entry = one({ type: "string" }) as FormEntry;
    expect([...wrongNames([entry, entry, { ...entry, name: "" }])]).toEqual(["x", ""]);
  });
});
