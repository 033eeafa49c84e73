// @vitest-environment node
import { describe, expect, it } from "vitest";

const sources = import.meta.glob<string>(["../../src/**/*.test.{ts,tsx}", "./*.test.ts"], {
  eager: true,
  import: "default",
  query: "?raw",
});

// On a busy machine a test takes ten times as long: one limit for all is set in vite.config.ts.
const ownLimit = /\b(?:it|test|describe)(?:\.\w+)*\([^{(]*\{[^}]*\btimeout:|^\s*\},\s*[\d_]+\s*\);$/m;

describe("tests of the page", () => {
  it("have no time limit of their own", () => {
    const withLimit = Object.keys(sources).filter((path) => ownLimit.test(sources[path] ?? ""));
    expect(Object.keys(sources).length).toBeGreaterThan(20);
    expect(withLimit).toEqual([]);
  });
});
