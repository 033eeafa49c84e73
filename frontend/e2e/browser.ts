import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

export interface Server {
  readonly baseUrl: string;
  readonly chromium: string;
  readonly email: string;
  readonly password: string;
  readonly apiKey: string;
  /** A host that nodes may call; `/works` answers 200, `/orders` with two orders. */
  readonly peerUrl?: string;
  /** The customers of the example about orders. */
  readonly directoryUrl?: string;
  /** A program that may be started as an MCP server, and the script that makes it one. */
  readonly mcp: { readonly command: string; readonly script: string };
  /** A model that speaks as OpenAI does: it uses every tool it is given, then says that it is done. */
  readonly modelUrl?: string;
  /** Another address of the same server, where webhooks have a host of their own and providers are configured. */
  readonly apart?: { readonly baseUrl: string; readonly hooksUrl: string };
  /** What follows `#` in the link of a mail that asks for an answer. */
  readonly answerToken?: string;
}

function told(): Server {
  const text = process.env.HEDDLE_E2E;
  if (!text) throw new Error("HEDDLE_E2E says where the server is: see frontend/README.md");
  return JSON.parse(text) as Server; // written by whoever starts these tests
}

export const server = told();

/** What a browser complained of: violations of the policy, errors of the page, requests elsewhere. */
export interface Complaints {
  readonly list: string[];
  /** What this test provokes; give it before. */
  readonly expect: (pattern: RegExp) => void;
}

interface Opened {
  readonly context: BrowserContext;
  readonly complaints: Complaints;
}

let browser: Browser | undefined;
let opened: Opened[] = [];

/** One browser for all tests of a file. A test fails on whatever a page of it complained of. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: server.chromium, args: ["--no-sandbox"] });
  });
  afterEach(async () => {
    const all = opened;
    opened = [];
    await Promise.all(all.map(({ context }) => context.close()));
    expect(all.flatMap(({ complaints }) => complaints.list)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });
}

/** Opens a fresh browser profile with a page; closed after the test. Nothing of our policy is bypassed. */
export async function freshPage(
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ context: BrowserContext; page: Page; complaints: Complaints }> {
  if (!browser) throw new Error("withBrowser() first");
  const baseURL = options.baseURL ?? server.baseUrl;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options, baseURL });
  const complaints = await watch(context, baseURL);
  opened.push({ context, complaints });
  return { context, page: await context.newPage(), complaints };
}

/** Listens to all pages of a profile, those that pages open too. */
async function watch(context: BrowserContext, baseUrl: string): Promise<Complaints> {
  const list: string[] = [];
  const expected: RegExp[] = [];
  const note = (text: string) => {
    if (!expected.some((pattern) => pattern.test(text))) list.push(text);
  };
  const noteUrl = (url: string) => {
    if (/^(https?|wss?):/.test(url) && new URL(url).host !== new URL(baseUrl).host) note(`elsewhere: ${url}`);
  };
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
      reportError(new Error(`policy: ${effectiveDirective} ${blockedURI}`)),
    );
  });
  context.on("weberror", (error) => note(`error: ${error.error().message}`));
  context.on("console", (message) => {
    const text = message.text();
    // The browser itself reports each refused request; what the page makes of it is tested elsewhere.
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) note(text);
  });
  context.on("request", (request) => noteUrl(request.url()));
  context.on("page", (page) => page.on("websocket", (socket) => noteUrl(socket.url())));
  return { list, expect: (pattern) => expected.push(pattern) };
}

/** Opens a page as somebody who has signed in before: by the same call as the form's, without its screen. */
export async function signIn(page: Page, path = "/app/workflows", email = server.email): Promise<void> {
  const context = page.context();
  const data = { email, password: server.password, otp: "", cookie: true };
  const answer = await context.request.post("/api/auth/login/", { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  const { hostname } = new URL(answer.url());
  await context.addCookies([{ name: "heddle_session", value: "1", domain: hostname, path: "/app/" }]);
  const known = page.waitForResponse((response) => new URL(response.url()).pathname === "/api/users/me");
  await page.goto(path);
  await known;
}

/** Signs in by the form, which a page leads to that needs to know who it is. */
export async function signInByForm(page: Page, path: string, email = server.email): Promise<void> {
  await page.goto(path);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(server.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.pathname === path.split("?")[0]);
}

/** Goes to another screen of the open page, without loading it again. */
export async function go(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate", { state: null }));
  }, path);
}

/** Calls the API as the person of these tests, or as another one, does with a key. */
export async function call<T>(method: string, path: string, body?: unknown, apiKey = server.apiKey): Promise<T> {
  return ask(method, path, body, { "X-API-Key": apiKey });
}

/** Calls the API as somebody who has signed in: what keys may not do. */
export async function callSignedIn<T>(method: string, path: string, body: unknown, email = server.email): Promise<T> {
  const given = { email, password: server.password };
  const { access } = await ask<{ access: string }>("POST", "/api/auth/login/", given, {});
  return ask(method, path, body, { Authorization: `Bearer ${access}` });
}

async function ask<T>(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<T> {
  const isForm = body instanceof FormData; // fetch says itself how that is parted
  const response = await fetch(`${server.baseUrl}${path}`, {
    method,
    headers: isForm ? headers : { ...headers, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.ok, `${method} ${path}: ${response.status} ${text}`).toBe(true);
  return (text ? JSON.parse(text) : undefined) as T; // the caller knows what it asked for
}
