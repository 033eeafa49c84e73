import { expect, test } from "vitest";
import { textOfValue, valueOfText } from "./valueText";

test.each([["plain"], ["12"], ["true"], [12], [{ a: [1] }], [null], [""], ['"quoted"'], [12345678901234567890n]])(
  "%s stays what it is through the field",
  (value) => {
    expect(valueOfText(textOfValue(value))).toEqual(value);
  },
);

test("text stands as it is, and what would be read as something else in quotes", () => {
  expect([textOfValue("plain"), textOfValue("12"), textOfValue(12)]).toEqual(["plain", '"12"', "12"]);
});
