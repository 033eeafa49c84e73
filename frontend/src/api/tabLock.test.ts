import { expect, test } from "vitest";
import { withTabLock } from "./tabLock";

// jsdom has no Web Locks, as browsers on plain http: this is the fallback.
test("on plain http two tabs never hold one lock together, and both get their turn", async () => {
  expect("locks" in navigator).toBe(false);
  let holders = 0;
  let most = 0;
  const turn = () =>
    withTabLock("refresh", async () => {
      holders += 1;
      most = Math.max(most, holders);
      await new Promise((resolve) => setTimeout(resolve, 30));
      holders -= 1;
      return "done";
    });
  expect(await Promise.all([turn(), turn(), turn()])).toEqual(["done", "done", "done"]);
  expect(most).toBe(1);
});

test("a failing holder sets the lock free", async () => {
  await expect(withTabLock("other", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await withTabLock("other", () => Promise.resolve(1))).toBe(1);
});

test("a wait ends when it is aborted", async () => {
  const abort = new AbortController();
  let release = () => {};
  const held = withTabLock("third", () => new Promise<void>((resolve) => (release = resolve)));
  await new Promise((resolve) => setTimeout(resolve, 120));
  const waiting = withTabLock("third", () => Promise.resolve("never"), abort.signal);
  abort.abort();
  await expect(waiting).rejects.toThrow();
  release();
  await held;
});
