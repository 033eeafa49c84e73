import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { copy as app } from "../src/app/copy";
import { go } from "./browser";
import type { Screen } from "./screens";

/** Text on its ground is all that differs between light and dark. */
const CONTRAST: axe.RunOptions = { runOnly: { type: "rule", values: ["color-contrast"] } };

/** Returns what axe finds serious or critical on the page as it is, or in what a selector finds there. */
export async function findings(page: Page, within?: string, options: axe.RunOptions = {}): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  await still(page);
  const found = await page.evaluate(
    // Put there by the line above.
    ({ place, given }) => (window as unknown as { axe: typeof axe }).axe.run(place ?? document, given),
    {
      place: within,
      given: { resultTypes: ["violations"], preload: false, ...options } satisfies axe.RunOptions,
    },
  );
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`));
}

/** What of a page is new in light and in dark; all of it where nothing is said. */
interface Places {
  readonly light?: string | undefined;
  readonly dark?: string | undefined;
}

/** Waits until colours have come to rest; what turns for ever does not count. */
async function still(page: Page): Promise<void> {
  const moving = () =>
    document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
      .length;
  await expect.poll(() => page.evaluate(moving), { timeout: 5_000 }).toBe(0);
}

/** The same in both themes; the browser's own setting is left light. What is said to be new is looked at alone. */
export async function findingsInBoth(page: Page, { light: inLight, dark: inDark }: Places = {}): Promise<string[]> {
  const light = await findings(page, inLight);
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await findings(page, inDark, CONTRAST);
  await page.emulateMedia({ colorScheme: "light" });
  return [...light, ...dark.map((one) => `dark: ${one}`)];
}

/** Goes to a screen and waits until it is there. */
export async function show(page: Page, { path, title }: Pick<Screen, "path" | "title">): Promise<void> {
  await go(page, `/app${path}`);
  await expect.poll(() => page.title(), { timeout: 15_000, message: path }).toContain(title);
  await settled(page);
}

/** Goes to a screen from one that has nothing on it, and waits until that one has gone: none of it is left to be pressed. */
export async function arrive(page: Page, path: string): Promise<void> {
  const nothing = page.getByText(app.notFound, { exact: true });
  await go(page, "/app/nowhere");
  await nothing.waitFor();
  await go(page, `/app${path}`);
  await nothing.waitFor({ state: "detached" });
  await settled(page);
}

/** Waits until nothing is loading any more. */
export async function settled(page: Page): Promise<void> {
  const loading = page.locator('[aria-busy="true"], .animate-skeleton');
  await expect.poll(() => loading.count(), { timeout: 15_000, message: page.url() }).toBe(0);
}
