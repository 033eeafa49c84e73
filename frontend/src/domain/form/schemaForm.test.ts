import { expect, test } from "vitest";
import { schemaFields, withDefaults } from "./schemaForm";

const schema = {
  type: "object",
  required: ["account"],
  properties: {
    limit: { type: "number", title: "Pay at most", default: 1840.5 },
    pay_on: { type: "string", format: "date" },
    account: { type: "string", title: "Cost centre", description: "Four digits." },
  },
};

test("fields that are needed come first, with the words of the schema", () => {
  expect(schemaFields(schema).map(({ name, label, required, help }) => [name, label, required, help])).toEqual([
    ["account", "Cost centre", true, "Four digits."],
    ["limit", "Pay at most", false, ""],
    ["pay_on", "Pay on", false, ""],
  ]);
});

test("a default that was shown is sent, unless something else was filled in", () => {
  expect(withDefaults(schema, { account: "4711" })).toEqual({ account: "4711", limit: 1840.5 });
  expect(withDefaults(schema, { limit: 5 })).toEqual({ limit: 5 });
});

test("a schema without properties is no form", () => {
  expect(schemaFields({ type: "object" })).toEqual([]);
  expect(schemaFields({ properties: [1] })).toEqual([]);
});
