import type { Page, Route } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { copy as admin } from "../src/features/admin/copy";
import { copy as credentials } from "../src/features/credentials/copy";
import { copy as editor } from "../src/features/editor/copy";
import { copy as inbox } from "../src/features/inbox/copy";
import { copy as nodes } from "../src/features/nodes/copy";
import { copy as runs } from "../src/features/runs/copy";
import { copy as settings } from "../src/features/settings/copy";
import { copy as tables } from "../src/features/tables/copy";
import { copy as tests } from "../src/features/tests/copy";
import { copy as triggers } from "../src/features/triggers/copy";
import { copy as versions } from "../src/features/versions/copy";
import { copy as workflows } from "../src/features/workflows/copy";
import { arrive, findingsInBoth, settled, show } from "./axe";
import { call, freshPage, go, signIn, withBrowser } from "./browser";
import { DOORS, type Made, MISSING, makeEverything, routesWithoutScreen, type Screen, screensOf } from "./screens";

withBrowser();

// Colours that are on their way would be measured as they are.
const STILL = { reducedMotion: "reduce" } as const;
let made: Made;

beforeAll(async () => {
  made = await makeEverything();
});

/** Calls of the page for data; who is signed in stays known. */
const DATA = /\/api\/(?!auth\/|users\/me$|streaming\/|nodes\/\?|nodes\/categories)/;

async function answerAll(page: Page, answer: (route: Route) => Promise<void>): Promise<void> {
  await page.route(DATA, (route) => (route.request().method() === "GET" ? answer(route) : route.continue()));
}

const problem = (status: number, title: string) => ({
  status,
  contentType: "application/problem+json",
  headers: { "X-Request-ID": "request-of-tests" },
  body: JSON.stringify({ code: "internal_error", title, detail: "It was asked to.", status, errors: [] }),
});

test("axe finds nothing serious on any screen of the router, light and dark", { timeout: 180_000 }, async () => {
  expect(routesWithoutScreen()).toEqual([]);
  const { page } = await freshPage(STILL);
  const found: string[] = [];
  await page.goto("/app/login");
  for (const door of DOORS) {
    await show(page, door);
    for (const one of await findingsInBoth(page)) found.push(`${door.path} ${one}`);
  }
  await signIn(page);
  for (const [at, screen] of screensOf(made).entries()) {
    await show(page, screen);
    const places = { dark: at === 0 ? undefined : "main" }; // what is around it has the same colours on each
    for (const one of await findingsInBoth(page, places)) found.push(`${screen.path} ${one}`);
  }
  expect(found).toEqual([]);
});

interface Opened {
  readonly path: string;
  readonly open: (page: Page) => Promise<unknown>;
  /** What is looked at, where it is neither a dialog nor a menu. */
  readonly within?: string;
}

const press = (name: string | RegExp) => (page: Page) => page.getByRole("button", { name }).first().click();
const choose = (menu: string | RegExp, item: string) => async (page: Page) => {
  await press(menu)(page);
  await page.getByRole("menuitem", { name: item }).click();
};

function dialogsOf({ workflow, failed, failedRun, credential, table }: Made): readonly Opened[] {
  const of = `/workflows/${workflow}`;
  const run = `/workflows/${failed}/runs/${failedRun}`;
  return [
    { path: "/workflows", open: press(workflows.import) },
    { path: "/workflows", open: press(/^Search and commands/) },
    { path: "/workflows", open: press(/^Actions of/) },
    { path: of, open: (page) => page.keyboard.press("?") },
    { path: `${of}?node=pass&view=detail`, open: (page) => page.getByRole("dialog").first().waitFor() },
    { path: `${of}/versions`, open: press(versions.name) },
    { path: `${of}/versions`, open: choose("More for version 1", versions.restore) },
    { path: `${of}/tests`, open: press(tests.keep) },
    { path: `${of}/tests`, open: press(/^Result of/) },
    { path: run, open: press(runs.rerunFromHere) },
    { path: "/credentials", open: press(credentials.create) },
    { path: `/credentials/${credential}`, open: press(credentials.remove) },
    { path: "/tables", open: press(tables.create) },
    { path: `/tables/${table}`, open: press(tables.addRow) },
    { path: `/tables/${table}`, open: choose(/^More for Seen/, tables.edit) },
    { path: "/settings/keys", open: press("New API key") },
    { path: "/settings/security", open: press("Turn on") },
    { path: "/admin/users", open: press(admin.newUser) },
    // Last: it stays open.
    {
      path: `${of}?node=pass`,
      open: (page) => page.getByLabel(editor.canvas, { exact: true }).press("o"),
      within: `section[aria-label="${editor.outline}"]`,
    },
  ];
}

/** What Escape closes. */
const FLOATING = '[role="dialog"], [role="alertdialog"], [role="menu"]';
const ON_TOP = '[role="dialog"], [role="alertdialog"], [role="menu"], main form';

test("axe finds nothing serious in dialogs, menus and the outline", { timeout: 120_000 }, async () => {
  const { page } = await freshPage(STILL);
  await signIn(page);
  const found: string[] = [];
  for (const { path, open, within = ON_TOP } of dialogsOf(made)) {
    await arrive(page, path);
    await open(page);
    await page.locator(within).first().waitFor();
    await settled(page);
    for (const one of await findingsInBoth(page, { light: within, dark: within })) found.push(`${path} ${open} ${one}`);
    await page.keyboard.press("Escape");
    await page.locator(FLOATING).first().waitFor({ state: "detached", timeout: 5_000 });
  }
  expect(found).toEqual([]);
});

const LISTS: readonly (readonly [path: string, empty: string])[] = [
  ["/workflows", workflows.empty],
  ["/runs", runs.empty],
  ["/inbox", inbox.empty],
  ["/credentials", credentials.empty],
  ["/credentials/access", credentials.logEmpty],
  ["/tables", tables.empty],
  ["/settings/keys", settings.keysEmpty],
  ["/settings/custom-nodes", nodes.empty],
  ["/admin/dead-letters", admin.deadEmpty],
  ["/admin/blocked", admin.blockedEmpty],
  ["/admin/users", admin.usersEmpty],
  ["/admin/health", admin.workersEmpty],
];

const listsOf = ({ workflow, credential, table }: Made): typeof LISTS => [
  ...LISTS,
  [`/tables/${table}`, tables.noRows],
  [`/workflows/${workflow}/versions`, versions.empty],
  [`/workflows/${workflow}/triggers`, triggers.empty],
  [`/workflows/${workflow}/tests`, tests.empty],
  [`/credentials/${credential}?view=sharing`, credentials.nobody],
  [`/credentials/${credential}?view=usage`, credentials.noUse],
  [`/credentials/${credential}?view=log`, credentials.logEmpty],
];

test("every list says what will be in it while it is empty", { timeout: 120_000 }, async () => {
  const { page } = await freshPage(STILL);
  await signIn(page, "/app/settings/profile");
  await answerAll(page, async (route) => {
    const response = await route.fetch();
    const body: unknown = await response.json().catch(() => null);
    const isList =
      typeof body === "object" && body !== null && "results" in body && !/types\/$/.test(route.request().url());
    await (isList
      ? route.fulfill({ response, json: { ...body, results: [], count: 0 } })
      : route.fulfill({ response }));
  });
  const found: string[] = [];
  for (const [path, empty] of listsOf(made)) {
    await arrive(page, path);
    await page.getByText(empty, { exact: true }).first().waitFor();
    await settled(page);
    for (const one of await findingsInBoth(page, { light: "main", dark: "main" })) found.push(`${path} ${one}`);
  }
  expect(found).toEqual([]);
});

/** Screens that need nothing of the server. */
const ALONE = /^(settings\/(profile|appearance|custom-nodes\/new)|\*)$/;
const askingScreens = (of: Made): readonly Screen[] => screensOf(of).filter(({ route }) => !ALONE.test(route));

test("what cannot be loaded says why, and is tried again", { timeout: 120_000 }, async () => {
  const { page } = await freshPage(STILL);
  // Before anything is asked: what is around a screen asks for the same as the inbox, which would be shown a while longer.
  await answerAll(page, (route) => route.fulfill(problem(500, "The shelf fell down")));
  await signIn(page, "/app/settings/profile");
  const found: string[] = [];
  for (const { path } of askingScreens(made)) {
    await arrive(page, path);
    const alert = page.getByRole("main").getByRole("alert").filter({ hasText: "The shelf fell down" }).first();
    await alert.waitFor({ timeout: 20_000 }).catch(() => found.push(`${path} does not say what happened`));
    for (const one of await findingsInBoth(page, { light: "main", dark: "main" })) found.push(`${path} ${one}`);
  }
  expect(found).toEqual([]);
  await show(page, { path: "/runs", title: "Runs" });
  await page.unroute(DATA);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("table", { name: runs.title }).getByText("Fails").first().waitFor();
});

test("what is slow has a skeleton, and comes", { timeout: 120_000 }, async () => {
  const { page } = await freshPage(STILL);
  const waiting: Route[] = [];
  let isSlow = true;
  // Before anything is asked: what is around a screen asks for the same as the inbox.
  await answerAll(page, async (route) => {
    if (isSlow) waiting.push(route);
    else await route.continue();
  });
  await signIn(page, "/app/settings/profile");
  for (const { path } of askingScreens(made)) {
    await go(page, "/app/nowhere");
    await go(page, `/app${path}`);
    await page.getByRole("main").locator(".animate-skeleton").first().waitFor({ timeout: 10_000 });
  }
  isSlow = false;
  await Promise.all(waiting.map((route) => route.continue().catch(() => undefined))); // some are aborted by now
  await settled(page);
});

test("what is not there, or not one's own, is said to be so", { timeout: 60_000 }, async () => {
  const { page } = await freshPage(STILL);
  await signIn(page, "/app/settings/profile");
  for (const { path } of screensOf(MISSING).filter((screen) => screen.path.includes(MISSING.workflow))) {
    await go(page, "/app/nowhere");
    await go(page, `/app${path}`);
    await page.getByText("This does not exist, or is not yours.").first().waitFor({ timeout: 10_000 });
  }
});

interface Panel {
  readonly path: string;
  readonly fails: RegExp;
  readonly stays: string | RegExp;
  readonly open?: string;
}

const panelsOf = ({ workflow, failed, failedRun, credential, table }: Made): readonly Panel[] => [
  {
    path: `/workflows/${failed}/runs/${failedRun}?node=say`,
    fails: /node-runs\/\?.*node_id=say/,
    stays: "Check the order",
  },
  {
    path: `/workflows/${failed}/runs/${failedRun}`,
    fails: /node-runs\/\?(?!.*node_id)/,
    open: runs.logs,
    stays: "Check the order",
  },
  { path: `/workflows/${failed}/runs/${failedRun}`, fails: /\/definition\//, stays: "the order has no lines" },
  { path: `/workflows/${workflow}/versions`, fails: /versions\/\d+\//, stays: "First" },
  { path: `/workflows/${workflow}/tests`, fails: /\/tests\/\?/, stays: "Sums" },
  { path: `/credentials/${credential}?view=usage`, fails: /\/usage\//, stays: "Billing" },
  { path: `/tables/${table}`, fails: /\/rows\/\?/, stays: "Seen" },
  { path: "/admin/health", fails: /admin\/workers/, stays: admin.parts.database },
  { path: "/settings/security", fails: /two-factor/, stays: settings.fresh },
];

test("one panel that fails leaves the rest of its screen usable", { timeout: 60_000 }, async () => {
  const { page } = await freshPage(STILL);
  await signIn(page, "/app/settings/profile");
  for (const { path, fails, stays, open } of panelsOf(made)) {
    await page.route(fails, (route) => route.fulfill(problem(500, "The shelf fell down")));
    await go(page, `/app${path}`);
    if (open) await page.getByRole("tab", { name: open }).first().click();
    await page.getByRole("main").getByRole("alert").filter({ hasText: "The shelf fell down" }).first().waitFor();
    await page.getByRole("main").getByText(stays).first().waitFor();
    await page.unroute(fails);
  }
});

test("a dark system gets a dark page before any script runs, and a choice wins", async () => {
  const { page, context } = await freshPage({ colorScheme: "dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.route(/\.js$/, (route) => route.abort());
  await page.goto("/app/login");
  expect(await ground()).toBe("rgb(20, 20, 19)");
  await context.addCookies([{ name: "heddle_theme", value: "light", url: page.url() }]);
  await page.reload();
  expect(await ground()).toBe("rgb(247, 247, 245)");
});

test("nothing moves for people who do not want it to", async () => {
  const { page } = await freshPage(STILL);
  await signIn(page, "/app/settings/profile");
  const moving = () =>
    page.evaluate(() => document.getAnimations().flatMap((one) => (one.playState === "running" ? [String(one)] : [])));
  await page.route(/\/api\/orchestrator\/executions\/\?/, () => undefined); // never answered: the skeleton stays
  await go(page, "/app/runs");
  await page.locator(".animate-skeleton").first().waitFor();
  await expect.poll(moving).toEqual([]);
  const waits = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Goes on ${Date.now()}`,
    nodes: [
      { id: "start", type: "manual_trigger", position: { x: 0, y: 0 }, data: { label: "Start", params: {} } },
      { id: "wait", type: "wait", position: { x: 320, y: 0 }, data: { label: "Rest", params: { seconds: 8 } } },
    ],
    edges: [{ id: "e", source: "start", target: "wait" }],
  });
  const run = await call<{ id: string }>("POST", `/api/orchestrator/workflows/${waits.id}/execute/`, { input: {} });
  await go(page, `/app/workflows/${waits.id}/runs/${run.id}`);
  await page.getByRole("main").getByText("Waiting").or(page.getByText("Running")).first().waitFor();
  await expect.poll(moving).toEqual([]);
  await page.getByRole("button", { name: runs.stop }).first().click();
  await page.locator('[role="dialog"], [role="alertdialog"]').first().waitFor();
  await expect.poll(moving).toEqual([]);
});
