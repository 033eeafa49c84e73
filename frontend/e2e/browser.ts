import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";

export interface Server {
  readonly baseUrl: string;
  readonly chromium: string;
  readonly email: string;
  readonly password: string;
  readonly apiKey: string;
}

function told(): Server {
  const text = process.env.HEDDLE_E2E;
  if (!text) throw new Error("HEDDLE_E2E says where the server is: see frontend/README.md");
  return JSON.parse(text) as Server; // written by whoever starts these tests
}

export const server = told();

/** What a browser complained of: violations of the policy, errors on the console, requests elsewhere. */
export interface Complaints {
  readonly list: string[];
}

let browser: Browser | undefined;

/** One browser for all tests of a file. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: server.chromium, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser?.close();
  });
}

/** Opens a fresh browser profile with a page. Nothing of our policy is bypassed. */
export async function freshPage(
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ context: BrowserContext; page: Page; complaints: Complaints }> {
  if (!browser) throw new Error("withBrowser() first");
  const context = await browser.newContext({
    baseURL: server.baseUrl,
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  return { context, page, complaints: watch(page) };
}

function watch(page: Page): Complaints {
  const list: string[] = [];
  page.on("pageerror", (error) => list.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    // The browser itself reports each refused request; what the page makes of it is tested elsewhere.
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) list.push(text);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (/^https?:/.test(url) && !url.startsWith(server.baseUrl)) list.push(`elsewhere: ${url}`);
  });
  return { list };
}

export async function signIn(page: Page, path = "/app/workflows"): Promise<void> {
  await page.goto(path);
  await page.getByLabel("Email").fill(server.email);
  await page.getByLabel("Password", { exact: true }).fill(server.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.pathname === path.split("?")[0]);
}

/** Calls the API as the person of these tests does with a key. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${server.baseUrl}${path}`, {
    method,
    headers: { "X-API-Key": server.apiKey, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.ok, `${method} ${path}: ${response.status} ${text}`).toBe(true);
  return (text ? JSON.parse(text) : undefined) as T; // the caller knows what it asked for
}
