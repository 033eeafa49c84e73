import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { go } from "./browser";
import type { Screen } from "./screens";

/** Text on its ground is all that differs between light and dark. */
const CONTRAST: axe.RunOptions = { runOnly: { type: "rule", values: ["color-contrast"] } };

/** Returns what axe finds serious or critical on the page as it is. */
export async function findings(page: Page, options: axe.RunOptions = {}): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  await still(page);
  const found = await page.evaluate(
    // Put there by the line above.
    (given) => (window as unknown as { axe: typeof axe }).axe.run(document, given),
    { resultTypes: ["violations"], preload: false, ...options } satisfies axe.RunOptions,
  );
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`));
}

/** Waits until colours have come to rest; what turns for ever does not count. */
async function still(page: Page): Promise<void> {
  const moving = () =>
    document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
      .length;
  await expect.poll(() => page.evaluate(moving), { timeout: 5_000 }).toBe(0);
}

/** The same in both themes; the browser's own setting is left light. */
export async function findingsInBoth(page: Page): Promise<string[]> {
  const light = await findings(page);
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await findings(page, CONTRAST);
  await page.emulateMedia({ colorScheme: "light" });
  return [...light, ...dark.map((one) => `dark: ${one}`)];
}

/** Goes to a screen and waits until it is there. */
export async function show(page: Page, { path, title }: Pick<Screen, "path" | "title">): Promise<void> {
  await go(page, `/app${path}`);
  await expect.poll(() => page.title(), { timeout: 15_000, message: path }).toContain(title);
  await settled(page);
}

/** Waits until nothing is loading any more. */
export async function settled(page: Page): Promise<void> {
  const loading = page.locator('[aria-busy="true"], .animate-skeleton');
  await expect.poll(() => loading.count(), { timeout: 15_000, message: page.url() }).toBe(0);
}
