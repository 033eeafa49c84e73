// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeEntry, type FormEntry, readForm, writeForm, wrongNames } from "@/domain/form";
import { newEntry } from "@/domain/form/formFields";
import type { Json, JsonObject } from "@/domain/json";
import { anyJson } from "./sample";

const written = (form: JsonObject): JsonObject => {
  const found = readForm(form);
  if (found === null) throw new Error("only JSON can show it");
  return writeForm(found);
};
const one = (schema: JsonObject): FormEntry | undefined =>
  readForm({ type: "object", properties: { x: schema } })?.entries[0];

/** Whatever a field's schema may say; mostly members that the list knows, at times in a way that it does not. */
const anyMembers: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      type: oftenOf<Json>("string", "array", "integer", "number", "boolean", "object", ["string", "null"]),
      format: oftenOf<Json>("date", "date-time", "email", "uri", "binary", "textarea"),
      title: oftenOf<Json>("", "Title", null, 5),
      description: oftenOf<Json>("", "Help", null, { en: "Help" }),
      default: oftenOf<Json>("", null, 0, false, "a", []),
      enum: oftenOf<Json>([], ["a", "b"], ["a", 1], "a"),
      items: oftenOf<Json>(
        { type: "string", enum: ["a", "b"] },
        { enum: ["a"] },
        { type: "integer", enum: ["a"] },
        { type: "string", enum: ["a"], title: "One" },
        { type: "string" },
      ),
      uniqueItems: oftenOf<Json>(true, false),
      propertyOrder: oftenOf<Json>(1, 2, 3, 10, -1, 1e308, "1"),
      enumNames: anyJson,
      minLength: fc.nat(),
      name: anyJson,
      rest: anyJson,
    },
    { requiredKeys: [] },
  )
  .map((schema) => ({ ...schema }) as JsonObject); // what is left out is not there as undefined

const KNOWN: readonly JsonObject[] = [
  { type: "string" },
  { type: "string", format: "textarea" },
  { type: "string", enum: ["a", "b"] },
  { type: "array", uniqueItems: true, items: { type: "string", enum: ["a", "b"] } },
  { type: "integer" },
  { type: "boolean" },
  { type: "string", format: "binary" },
];

/** A sort that the list knows, with one or two members changed, or one left out. */
const nearlyKnown: fc.Arbitrary<JsonObject> = fc
  .tuple(fc.constantFrom(...KNOWN), anyMembers, fc.nat(), fc.nat(5))
  .map(([known, members, from, left]) => {
    const changed = Object.entries(members).slice(from % 8, (from % 8) + 2);
    const made = Object.entries({ ...known, ...Object.fromEntries(changed) });
    return Object.fromEntries(made.filter((_, at) => at !== left));
  });

const anyField = fc.oneof({ arbitrary: nearlyKnown, weight: 3 }, { arbitrary: anyMembers, weight: 1 });

const anyForm: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$|^__proto__$/), anyField, { maxKeys: 5 }),
    fc.option(fc.array(fc.nat(4)), { nil: undefined }),
    fc.record({ type: fc.constant("object"), title: anyJson, propertyOrder: anyJson }, { requiredKeys: [] }),
    fc.boolean(),
  )
  .map(([properties, places, more, isShort]) => {
    const names = Object.keys(properties);
    const required = places?.flatMap((at) => names[at] ?? []);
    return {
      ...(more as JsonObject), // as above
      ...(isShort && names.length === 0 ? {} : { properties: { ...properties } }),
      ...(required === undefined ? {} : { required }),
    };
  });

function oftenOf<T extends Json>(...values: T[]): fc.Arbitrary<Json> {
  return fc.oneof({ arbitrary: fc.constantFrom<Json>(...values), weight: 8 }, { arbitrary: anyJson, weight: 1 });
}

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
    expect(written(form)).toEqual(form);
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

  it("leaves unchanged whatever a form says, as long as nothing is edited", () => {
    fc.assert(
      fc.property(anyForm, (form) => {
        expect(written(form)).toEqual(form);
      }),
      { numRuns: 2000 },
    );
  });

  it("changes with one edit only what that names", () => {
    const member: Readonly<Record<string, string>> = { label: "title", help: "description", default: "default" };
    fc.assert(
      fc.property(anyForm, fc.nat(), fc.constantFrom("label", "help", "default"), (form, which, key) => {
        const { entries, given } = readForm(form) ?? { entries: [], given: {} };
        const at = which % Math.max(1, entries.length);
        const entry = entries[at];
        if (entry === undefined) return;
        const edited = (value: Json | undefined) =>
          writeForm({ given, entries: entries.with(at, changeEntry(entry, key, value)) });
        const expected = structuredClone(form);
        const schema = (expected.properties as JsonObject)[entry.name] as JsonObject; // it was read from there
        schema[member[key] ?? ""] = "new";
        expect(edited("new")).toEqual(expected);
        if (entry[key] === undefined || entry[key] === "") return; // nothing to take away
        delete schema[member[key] ?? ""];
        expect(edited(undefined)).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("makes a field needed, or no longer, without touching another", () => {
    fc.assert(
      fc.property(anyForm, fc.nat(), (form, which) => {
        const { entries, given } = readForm(form) ?? { entries: [], given: {} };
        const at = which % Math.max(1, entries.length);
        const entry = entries[at];
        if (entry === undefined) return;
        const made = writeForm({
          given,
          entries: entries.with(at, changeEntry(entry, "required", !entry.required)),
        });
        const { required: before = [], ...rest } = form;
        const { required: after = [], ...others } = made;
        expect(others).toEqual(rest);
        const names = new Set(before as string[]); // anyForm writes names there
        if (!names.delete(entry.name)) names.add(entry.name);
        expect(new Set(after as string[])).toEqual(names);
      }),
    );
  });

  it("keeps every other field as it is where one is added, removed, moved or renamed, but for its place", () => {
    const fieldsOf = (form: JsonObject) => {
      const schemas = Object.entries((form.properties ?? {}) as Record<string, JsonObject>); // written so below
      return new Map(schemas.map(([name, { propertyOrder: _, ...rest }]) => [name, rest]));
    };
    fc.assert(
      fc.property(anyForm, fc.nat(), fc.constantFrom("add", "remove", "move", "rename"), (form, which, act) => {
        const { entries, given } = readForm(form) ?? { entries: [], given: {} };
        const at = which % Math.max(1, entries.length);
        const entry = entries[at];
        if (entry === undefined) return;
        const next =
          act === "add"
            ? entries.toSpliced(at, 0, newEntry(entries))
            : act === "remove"
              ? entries.toSpliced(at, 1)
              : act === "move"
                ? [...entries.toSpliced(at, 1), entry]
                : entries.with(at, changeEntry(entry, "name", "renamed"));
        const made = writeForm({ given, entries: next });
        // Whatever order the store gives to the members of an object.
        const stored = { ...made, properties: Object.fromEntries(Object.entries(made.properties ?? {}).reverse()) };
        const isAsRead = next.every(({ name }, place) => name === entries[place]?.name) && act !== "remove";
        if (!isAsRead) expect(readForm(stored)?.entries.map(({ name }) => name)).toEqual(next.map(({ name }) => name));
        const [before, after] = [fieldsOf(form), fieldsOf(made)];
        for (const { name } of entries) {
          if (name !== entry.name || act === "add" || act === "move") expect(after.get(name)).toEqual(before.get(name));
        }
      }),
    );
  });

  it("keeps the order of the list, whatever order the stored object has", () => {
    const given = { properties: { b: {}, a: {} } };
    const form = writeForm({ entries: (readForm(given)?.entries ?? []).reverse(), given });
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
