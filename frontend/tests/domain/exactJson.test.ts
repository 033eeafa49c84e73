import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactNumber, jsonText, parseJson } from "@/domain/exactJson";

const LONG = "12345678901234567890123";
const SNOWFLAKE = "7615917337495251231";

describe("JSON without rounding", () => {
  it.each([
    `{"a":${LONG},"b":[${SNOWFLAKE},-${LONG}],"c":{"d":1.5}}`,
    `${LONG}`,
    `[9007199254740991,-9007199254740991,9007199254740993,1e+25,0.1234567890123456]`,
    `{"text":"12345678901234567890123","quoted":"a \\" 12345678901234567890123","slash":"\\\\","then":${SNOWFLAKE}}`,
    `{"__proto__":${SNOWFLAKE}}`,
  ])("is written as it was read: %s", (text) => {
    expect(jsonText(parseJson(text))).toBe(text);
  });

  it("holds as a bigint what a number cannot, and nothing else", () => {
    expect(parseJson(`[${SNOWFLAKE}, 9007199254740991, 9007199254740993, 1.5e30, "${LONG}"]`)).toEqual([
      7615917337495251231n,
      9007199254740991,
      9007199254740993n,
      1.5e30,
      LONG,
    ]);
  });

  it("leaves fractions and exponents to JSON.parse", () => {
    for (const text of [
      "0.12345678901234567890123",
      "1234567890123456.5",
      "1e1000000000000000000",
      "12345678901234567e3",
    ])
      expect(parseJson(text)).toBe(JSON.parse(text));
  });

  it.each([`{"a":${LONG}`, `[01234567890123456789]`, `[${LONG} ${LONG}]`, `"${LONG}`, `[--${LONG}]`])(
    "refuses what is no JSON: %s",
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  it("reads any JSON as JSON.parse does, long numbers apart", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify([value, '\\"\\', 0]);
        fc.pre(!/\d{16}/.test(text)); // what a number holds by luck is a bigint all the same
        expect(parseJson(text.replace(/0\]$/, `${SNOWFLAKE}]`))).toEqual([
          ...JSON.parse(text).slice(0, 2),
          7615917337495251231n,
        ]);
        expect(jsonText(value, 2)).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it("reads numbers that are written in a field", () => {
    expect([SNOWFLAKE, `+${SNOWFLAKE}`, ` -${LONG} `, "12", "1.50", "1e3"].map(exactNumber)).toEqual([
      7615917337495251231n,
      7615917337495251231n,
      -12345678901234567890123n,
      12,
      1.5,
      1000,
    ]);
    expect(["", " ", "x", "1,5", "Infinity", "1e999"].map(exactNumber)).toEqual([null, null, null, null, null, null]);
  });
});
