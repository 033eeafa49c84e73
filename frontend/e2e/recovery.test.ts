import type { BrowserContext } from "playwright-core";
import { expect, test } from "vitest";
import { call, freshPage, signIn, withBrowser } from "./browser";

withBrowser();

const WORKFLOWS = "/api/orchestrator/workflows/";
const START = { id: "start", type: "manual_trigger", position: { x: 0, y: 0 }, data: { label: "Start", params: {} } };

/** Cuts the page off from the server; its built files are still there. Returns how to end that. */
async function stopped(context: BrowserContext): Promise<() => Promise<void>> {
  await context.route("**/api/**", (route) => route.abort("connectionrefused"));
  return () => context.unroute("**/api/**");
}

const drafts = () =>
  new Promise<number>((resolve, reject) => {
    const opening = indexedDB.open("heddle");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const counting = opening.result.transaction("drafts").objectStore("drafts").count();
      counting.onsuccess = () => resolve(counting.result);
    };
  });

test("an edit made while the server is away survives a reload, is offered and saved, and none is left at sign-out", async () => {
  const made = await call<{ id: string }>("POST", WORKFLOWS, { name: `Kept ${Date.now()}`, nodes: [START], edges: [] });
  const { context, page } = await freshPage();
  await signIn(page, `/app/workflows/${made.id}`);
  const canvas = page.getByLabel("Workflow canvas");
  await canvas.getByText("Start", { exact: true }).waitFor();
  const start = await stopped(context);
  await canvas.focus();
  await page.keyboard.press("n");
  await page.getByLabel("Search nodes").fill("no operation");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(600); // what this is about: no later than this it is kept
  await page.reload();
  await page.getByText("cannot be reached").first().waitFor();
  await start();

  await page.getByText(/^Unsaved changes from .* on this device$/).waitFor();
  expect(await page.locator(".react-flow__node").count()).toBe(1);
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("dialog").getByText("No Operation").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).first().click();
  await page.getByRole("button", { name: "Restore" }).click();
  await page.locator('[data-save-state="saved"]').waitFor();
  const stored = await call<{ nodes: { type: string }[] }>("GET", `${WORKFLOWS}${made.id}/`);
  expect(stored.nodes.map((node) => node.type)).toEqual(["manual_trigger", "no_op"]);
  await expect.poll(() => page.evaluate(drafts)).toBe(0);

  await stopped(context);
  await canvas.focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await expect.poll(() => page.evaluate(drafts)).toBe(1);
  await page.getByTitle(/^Account/).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL((url) => url.pathname === "/app/login");
  await expect.poll(() => page.evaluate(drafts)).toBe(0);
});
