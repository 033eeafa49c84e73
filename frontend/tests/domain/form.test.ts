// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NodeField, NodeType } from "@/domain/definition";
import { allFields, type FieldModel, formModel, initialOf } from "@/domain/form";
import type { Json, JsonObject } from "@/domain/json";
import shipped from "../fixtures/catalogue.json";
import { anyJson } from "./sample";

// The fixture is what `GET /api/nodes/` answers.
const types = shipped as unknown as NodeType[];
const typeOf = (kind: string): NodeType => types.find((type) => type.kind === kind) ?? (types[0] as NodeType);

function field(name: string, change: Partial<NodeField> = {}): NodeField {
  return {
    name,
    type: "json",
    label: name,
    required: false,
    default: null,
    options: [],
    placeholder: "",
    help: "",
    group: "main",
    show_if: null,
    expression: true,
    language: null,
    ...change,
  };
}

function one(schema: JsonObject, value?: Json, change: Partial<NodeField> = {}, root: JsonObject = {}): FieldModel {
  const form = formModel({
    fields: [field("x", change)],
    schema: { ...root, properties: { x: schema } },
    value: value === undefined ? {} : { x: value },
  });
  return (form.shown[0] ?? form.more[0]) as FieldModel;
}

const controls = (kind: string, value: JsonObject = {}): Record<string, string> => {
  const { fields, params_schema } = typeOf(kind);
  const form = formModel({ fields, schema: params_schema, value });
  return Object.fromEntries([...form.shown, ...form.more].map((entry) => [entry.name, entry.control]));
};

describe("the shipped catalogue", () => {
  it("draws the fields of rich kinds with the controls they need", () => {
    expect(controls("http_request")).toMatchObject({
      method: "select",
      url: "text",
      query: "dict",
      headers: "dict",
      content_type: "select",
      body: "any",
      full_response: "boolean",
      max_redirects: "integer",
      pagination: "section",
      timeout_s: "number",
    });
    expect(controls("switch")).toMatchObject({ cases: "rows", mode: "segmented", options: "section" });
    expect(controls("set")).toMatchObject({ assignments: "rows", rename: "dict" });
    expect(controls("send_email")).toMatchObject({ to: "any", subject: "text" });
    expect(controls("human_task")).toMatchObject({ message: "multiline", options: "rows", form: "form" });
    expect(controls("webhook_trigger")).toMatchObject({ methods: "multi_select", auth: "section" });
    expect(controls("code")).toMatchObject({ code: "code", language: "segmented" });
  });

  it("gives every param of every kind a control, never bare JSON", () => {
    const json = types.flatMap((type) =>
      Object.entries(controls(type.kind))
        .filter(([, control]) => control === "json")
        .map(([name]) => `${type.kind}.${name}`),
    );
    expect(json).toEqual([]);
  });

  it("never fails, whatever stands in the params", () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.array(anyJson, { minLength: 16, maxLength: 16 }), (type, values) => {
        const value = Object.fromEntries(type.fields.map((entry, at) => [entry.name, values[at % 16] ?? null]));
        const form = formModel({ fields: type.fields, schema: type.params_schema, value });
        expect(form.shown).toHaveLength(type.fields.length);
        expect(form.more).toHaveLength(0);
      }),
      { numRuns: 300 },
    );
  });

  it("draws nested rows: conditions inside of cases", () => {
    const { fields, params_schema } = typeOf("switch");
    const cases = [{ name: "big", conditions: [{ left: "{{ $json.n }}", operator: "gt", right: 3 }] }];
    const form = formModel({ fields, schema: params_schema, value: { cases } });
    const inner = allFields(form.shown).find((entry) => entry.path.join(".") === "cases.0.conditions.0.operator");
    expect(inner).toMatchObject({ control: "select", value: "gt", label: "Operator" });
    expect(form.shown[0]?.newRow).toEqual({ name: "", conditions: [{}] });
  });

  it("takes the language of a code field from the other param", () => {
    const { fields, params_schema } = typeOf("code");
    const languages = [{}, { language: "javascript" }].map((value) => {
      const form = formModel({ fields, schema: params_schema, value });
      return form.shown.find((entry) => entry.name === "code")?.language;
    });
    expect(languages).toEqual(["python", "javascript"]);
  });
});

describe("controls", () => {
  it.each<[string, JsonObject, Partial<NodeField>]>([
    ["text", { type: "string" }, {}],
    ["multiline", { type: "string", maxLength: 5000 }, {}],
    ["multiline", { type: "string", multiline: true }, {}],
    ["text", { type: "string", maxLength: 5000 }, { placeholder: "https://" }],
    ["uri", { type: "string", format: "uri" }, {}],
    ["email", { type: "string", format: "email" }, {}],
    ["date-time", { type: "string", format: "date-time" }, {}],
    ["segmented", { enum: ["a", "b"] }, {}],
    ["select", { enum: ["a", "b", "c", "d", "e"] }, {}],
    ["segmented", { anyOf: [{ const: "a" }, { const: "b" }] }, {}],
    ["multi_select", { type: "array", items: { enum: ["a", "b"] } }, {}],
    ["number", { type: "number" }, {}],
    ["integer", { anyOf: [{ type: "integer" }, { type: "null" }] }, {}],
    ["integer", { type: ["integer", "null"] }, {}],
    ["boolean", { type: "boolean" }, {}],
    ["chips", { type: "array", items: { type: "string" } }, {}],
    ["json", { type: "array", items: {} }, {}],
    ["json", { type: "array", items: { type: "array" } }, {}],
    ["dict", { type: "object", additionalProperties: { type: "string" } }, {}],
    ["json", { type: "object", additionalProperties: false }, {}],
    ["json", { anyOf: [{ type: "object", additionalProperties: true }, { type: "null" }] }, {}],
    ["any", {}, {}],
    ["any", { anyOf: [{ type: "string" }, { type: "number" }] }, {}],
    ["json", { anyOf: [{ type: "string" }, { type: "array" }] }, {}],
    ["json", { anyOf: [{ type: "array", items: { type: "string" } }, { type: "number" }] }, {}],
    ["any", { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] }, {}],
    ["json", { allOf: [{ type: "string" }, { minLength: 1 }] }, {}],
    ["json", { type: ["string", "array"] }, {}],
    ["text", { allOf: [{ type: "string" }] }, {}],
    ["credential", { type: "string", field: "credential" }, {}],
    ["workflow", { type: "string" }, { type: "workflow" }],
    ["model", { type: "string" }, { type: "model" }],
    ["file", { type: "string" }, { type: "file" }],
    ["code", { type: "string" }, { language: "python" }],
    ["code", { type: "string", language: "json" }, {}],
    [
      "segmented",
      { type: "string" },
      {
        type: "select",
        options: [
          { value: 1, label: "1" },
          { value: 2, label: "2" },
        ],
      },
    ],
  ])("%s for %j %j", (control, schema, change) => {
    expect(one(schema, undefined, change).control).toBe(control);
  });

  it("falls back to JSON where a value does not fit its rows, and where a reference leads nowhere to `any`", () => {
    expect(one({ type: "array", items: { type: "string" } }, { a: 1 }).control).toBe("json");
    expect(one({ type: "array", items: { type: "string" } }, [["a"]]).control).toBe("json");
    expect(one({ type: "object", additionalProperties: true }, [1]).control).toBe("json");
    expect(one({ type: "object", additionalProperties: true }, { a: { b: 1 } }).control).toBe("json");
    expect(one({ $ref: "#/$defs/Gone" }).control).toBe("any");
    expect(one({ $ref: "#/properties/x" }).control).toBe("any");
  });

  it("ends for schemas that hold themselves", () => {
    const tree = { type: "object", properties: { inner: { $ref: "#/$defs/Tree" } } };
    const model = one({ $ref: "#/$defs/Tree" }, undefined, {}, { $defs: { Tree: tree } });
    expect(allFields([model]).at(-1)?.control).toBe("json");
  });

  const variants = {
    oneOf: [
      {
        title: "Basic",
        type: "object",
        required: ["user"],
        properties: { kind: { const: "basic" }, user: { type: "string" } },
      },
      { type: "object", properties: { kind: { enum: ["token"] }, token: { type: "string" } } },
    ],
  };

  it("draws a union told apart by a field as a choice and the fields of what is chosen", () => {
    const model = one({ ...variants, discriminator: { propertyName: "kind" } }, { kind: "token", token: 3 });
    expect(model).toMatchObject({ control: "variant", discriminator: "kind", problemCount: 1 });
    expect(model.options.map((option) => option.value)).toEqual(["basic", "token"]);
    expect(model.fields.map((entry) => entry.name)).toEqual(["token"]);
    expect(one(variants).options[0]?.label).toBe("Basic");
    expect(one(variants, { kind: "none" }).fields).toEqual([]);
    expect(one({ type: "array", items: variants }, [{ kind: "basic" }]).rows[0]?.[0]?.control).toBe("variant");
    expect(initialOf(variants, {})).toEqual({ user: "" });
  });

  it("calls a choice what its schema calls it, and the others by their value", () => {
    const { options } = one({ enum: ["gt", "not_empty"], option_labels: { gt: "is greater than" } });
    expect(options.map(({ label }) => label)).toEqual(["is greater than", "Not empty"]);
  });

  it("starts new entries with defaults, first choices and what is needed", () => {
    expect(
      initialOf(
        {
          type: "object",
          required: ["a", "b", "c", "d", "e", "f"],
          properties: {
            a: { enum: ["x", "y"] },
            b: { type: "integer", minimum: 3 },
            c: { type: "boolean" },
            d: { type: "array" },
            e: { anyOf: [{ type: "string" }, { type: "null" }] },
            f: { type: "mystery" },
            g: { type: "string" },
          },
        },
        {},
      ),
    ).toEqual({ a: "x", b: 3, c: false, d: [], e: null, f: null });
    expect(initialOf({ type: "number" }, {})).toBe(0);
    expect(initialOf({ default: 7 }, {})).toBe(7);
  });
});

describe("order", () => {
  const fields = [
    field("late", { group: "advanced" }),
    field("main"),
    field("hidden", { show_if: { field: "main", in: ["a"] } }),
  ];
  const schema = { properties: { late: { type: "string" }, main: { type: "string" }, hidden: { type: "string" } } };
  const names = (value: JsonObject, opened?: Set<string>): string[] => {
    const form = formModel({ fields, schema, value, ...(opened ? { opened } : {}) });
    return [...form.shown.map((entry) => entry.name), "|", ...form.more.map((entry) => entry.name)];
  };

  it("shows the main group and what is set, the rest behind Add option", () => {
    expect(names({})).toEqual(["main", "|", "late"]);
    expect(names({ late: "x" })).toEqual(["late", "main", "|"]);
    expect(names({}, new Set(["late"]))).toEqual(["late", "main", "|"]);
  });

  it("follows show_if, and keeps what is set visible", () => {
    expect(names({ main: "a" })).toEqual(["main", "hidden", "|", "late"]);
    expect(names({ main: "{{ $json.a }}" })).toEqual(["main", "hidden", "|", "late"]);
    expect(names({ main: "b", hidden: "x" })).toEqual(["main", "hidden", "|", "late"]);
  });

  it("puts problems under their field, and others where they can be read", () => {
    const problem = { code: "invalid_config", message: "No.", severity: "error" as const };
    const problems = [
      { ...problem, path: "late" },
      { ...problem, path: "gone.0" },
      { ...problem, path: "old" },
    ];
    const form = formModel({ fields, schema, value: { old: 1 }, problems });
    expect(form.shown.map((entry) => [entry.name, entry.problemCount])).toEqual([
      ["late", 1],
      ["main", 0],
      ["old", 1],
    ]);
    expect(form.others.map((entry) => entry.path)).toEqual(["gone.0"]);
  });
});

describe("immediate checks", () => {
  it.each<[JsonObject, Json | undefined, string | undefined]>([
    [{ type: "string" }, 3, "Must be a text."],
    [{ type: "string", minLength: 1 }, "", "This is needed."],
    [{ type: "string", minLength: 2 }, "a", "Must have 2 characters or more."],
    [{ type: "string", maxLength: 1 }, "ab", "Must have 1 character or fewer."],
    [{ type: "string", maxLength: 1 }, "{{ $json.long }}", undefined],
    [{ type: "string", format: "email" }, "a", "Must be an e-mail address."],
    [{ type: "string", format: "email" }, "a@b", undefined],
    [{ type: "string", format: "uri" }, "a b", "Must be a URL."],
    [{ type: "string", format: "uri" }, "https://a", undefined],
    [{ type: "string", format: "date-time" }, "soon", "Must be a date and time."],
    [{ type: "string", format: "date-time" }, "2026-01-01T00:00:00Z", undefined],
    [{ type: "integer" }, 1.5, "Must be a whole number."],
    [{ type: "number" }, "1", "Must be a number."],
    [{ type: "number", minimum: 1 }, 0, "Must be 1 or more."],
    [{ type: "number", maximum: 1 }, 2, "Must be 1 or less."],
    [{ type: "number", exclusiveMinimum: 0 }, 0, "Must be more than 0."],
    [{ type: "number", exclusiveMaximum: 9 }, 9, "Must be less than 9."],
    [{ type: "number", multipleOf: 0.1 }, 0.25, "Must be a multiple of 0.1."],
    [
      { type: "number", multipleOf: 0.1, minimum: 0, maximum: 9, exclusiveMinimum: 0, exclusiveMaximum: 9 },
      0.3,
      undefined,
    ],
    [{ type: "boolean" }, "yes", "Must be on or off."],
    [{ type: "array", minItems: 1 }, [], "Needs 1 entry or more."],
    [{ type: "array", maxItems: 2 }, [1, 2, 3], "Takes 2 entries at most."],
    [{ type: "array", uniqueItems: true }, [{ a: 1 }, { a: 1 }], "An entry stands there twice."],
    [{ type: "array" }, "a", "Must be a list."],
    [{ type: "object" }, "a", "Must be an object."],
    [{ type: "object" }, {}, undefined],
    [{ enum: ["a"] }, "b", "This is none of the choices."],
    [{ enum: ["a"] }, "a", undefined],
    [{ type: "string" }, null, "Must not be empty."],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, null, undefined],
    [{}, null, undefined],
  ])("%j with %j: %s", (schema, value, message) => {
    expect(one(schema, value).problems[0]?.message).toBe(message);
  });

  it("says what is needed", () => {
    expect(one({ type: "string" }, undefined, { required: true }).problems[0]?.message).toBe("This is needed.");
    expect(one({ type: "string" }, "", { required: true }).problems[0]?.message).toBe("This is needed.");
    expect(one({ type: "string" }, null, { required: true }).problems[0]?.message).toBe("This is needed.");
  });
});
