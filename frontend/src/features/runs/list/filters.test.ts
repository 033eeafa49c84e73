import { expect, test } from "vitest";
import { bulkFilterOf, filtersOf } from "./filters";

const NOW = Date.parse("2026-03-02T10:00:30Z");
const read = (query: string) => filtersOf(new URLSearchParams(query));

test("unknown values in the address filter nothing", () => {
  expect(read("status=broken&trigger=x&period=toString&page=-3")).toEqual({
    status: "",
    trigger: "",
    period: "",
    workflow: "",
    error: "",
    search: "",
    page: 1,
  });
});

test("a bulk verb takes the list's filters", () => {
  expect(bulkFilterOf(read("status=failed&period=day&error=http_status"), NOW)).toEqual({
    status: "failed",
    error_code: "http_status",
    created_after: "2026-03-01T10:00:00.000Z",
  });
});

test("a bulk verb never reaches further than the list", () => {
  expect(bulkFilterOf(read(""), NOW)).toBeNull();
  expect(bulkFilterOf(read("status=failed&trigger=api"), NOW)).toBeNull();
  expect(bulkFilterOf(read("status=failed&search=invoice"), NOW)).toBeNull();
});
