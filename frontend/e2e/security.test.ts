import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { call, freshPage, go, server, signIn, signInByForm, withBrowser } from "./browser";
import { edge, makeWorkflow, node, runWorkflow } from "./screens";

withBrowser();

const WORKFLOWS = "/api/orchestrator/workflows/";
const start = node("start", "manual_trigger", "Start", 96);
const CHANNEL_SAYS = 2_000;

/** Everything that a page could keep or show in its address. */
async function keptBy(page: Page): Promise<string> {
  return await page.evaluate(async () => {
    const stores: unknown[] = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name ?? "");
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(opening.error);
      });
      for (const store of database.objectStoreNames) {
        const all = database.transaction(store).objectStore(store).getAll();
        stores.push(
          await new Promise((resolve) => {
            all.onsuccess = () => resolve(all.result);
          }),
        );
      }
      database.close();
    }
    const { localStorage: local, sessionStorage: session } = window;
    return JSON.stringify([{ ...local }, { ...session }, document.cookie, location.href, history.state, stores]);
  });
}

const refreshCookie = async (context: BrowserContext) =>
  (await context.cookies(`${server.baseUrl}/api/auth/`)).find(({ httpOnly }) => httpOnly);

test("tokens are in no storage and no address", async () => {
  const workflow = await makeWorkflow("Kept", [start, node("end", "no_op", "End", 416)], [edge("start", "end")]);
  const { page, context } = await freshPage();
  const urls: string[] = [];
  const tokens: string[] = [];
  context.on("request", (request) => urls.push(request.url()));
  page.on("websocket", (socket) => urls.push(socket.url()));
  page.on("request", async (request) => {
    const [, token] = (request.headers().authorization ?? "").split(" ");
    if (token) tokens.push(token);
  });
  await signInByForm(page, `/app/workflows/${workflow}`);
  const canvas = page.getByLabel("Workflow canvas");
  await canvas.getByText("End", { exact: true }).click();
  await page.keyboard.press("d"); // a change, so that a draft is kept
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("region", { name: "Run" }).getByText("Completed", { exact: true }).first().waitFor();
  const refresh = await refreshCookie(context);
  expect(refresh).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/api/auth/" });
  expect(tokens.length).toBeGreaterThan(0);
  const kept = await keptBy(page);
  for (const secret of new Set([...tokens, refresh?.value ?? "", server.password])) {
    expect(kept).not.toContain(secret);
    expect(urls.filter((url) => url.includes(secret))).toEqual([]);
  }
});

test("who signs out in one tab is signed out in the other", async () => {
  const { page, context } = await freshPage();
  await signIn(page, "/app/runs");
  const other = await context.newPage();
  await other.goto("/app/credentials");
  await other.getByRole("heading", { level: 1, name: "Credentials" }).waitFor();
  await page
    .getByRole("navigation", { name: "Main" })
    .getByTitle(/^Account/)
    .click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await Promise.all(
    [page, other].map((tab) => tab.waitForURL((url) => url.pathname === "/app/login", { timeout: CHANNEL_SAYS })),
  );
  expect(await refreshCookie(context)).toBeUndefined();
  expect(
    JSON.parse(await keptBy(other))
      .at(-1)
      .flat(),
  ).toEqual([]); // no draft of anybody's
});

test.each([
  ["with the browser's locks", false],
  ["without them, as on plain http", true],
])("two tabs whose token ran out refresh together and both stay signed in, %s", async (_, isPlain) => {
  const { page, context } = await freshPage();
  if (isPlain) {
    await context.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
  }
  await signIn(page, "/app/credentials");
  const other = await context.newPage();
  await other.goto("/app/credentials");
  const tabs = [page, other];
  await Promise.all(tabs.map((tab) => tab.getByRole("heading", { level: 1, name: "Credentials" }).waitFor()));
  let stale = "";
  let refreshes = 0;
  await context.route(/\/api\/orchestrator\//, async (route) => {
    const { authorization = "" } = route.request().headers();
    stale ||= authorization;
    await (authorization === stale
      ? route.fulfill({ status: 401, json: { code: "token_invalid" } })
      : route.continue());
  });
  context.on("request", (request) => {
    if (request.url().endsWith("/api/auth/refresh/")) refreshes += 1;
  });
  await Promise.all(tabs.map((tab) => go(tab, "/app/workflows")));
  const there = (tab: Page) => tab.getByRole("table", { name: "Workflows" }).getByText(/^Kept/).first().waitFor();
  await Promise.all(tabs.map(there));
  expect(refreshes).toBe(1);
  await context.unroute(/\/api\/orchestrator\//);
  await Promise.all(tabs.map((tab) => tab.reload()));
  await Promise.all(tabs.map(there));
});

const PAYLOAD = `<img src="x" onerror="window.ran = 1"><svg onload="window.ran = 1"></svg><script>window.ran = 1</script>`;
const LINK = "[click me](javascript:window.ran=1) <a href='javascript:window.ran=1'>or me</a>";
const TEXT = `${PAYLOAD} ${LINK}`;

/** Whether anything of what users wrote became more than text. */
async function expectHarmless(page: Page, where: string): Promise<void> {
  const alive = page.locator('[onerror], [onload], img[src="x"], a[href^="javascript:" i], body script:not([src])');
  expect(await alive.count(), where).toBe(0);
  expect(await page.evaluate(() => "ran" in window), where).toBe(false);
}

test("script in labels, notes, outputs, logs, errors and questions is text", { timeout: 60_000 }, async () => {
  const label = PAYLOAD.slice(0, 90);
  const note = {
    ...node("note", "note", "", 96, {}, 320),
    data: { label: "", text: TEXT, content: TEXT, params: { text: TEXT } },
  };
  const python = `print(${JSON.stringify(TEXT)})\nreturn [{"text": ${JSON.stringify(TEXT)}, ${JSON.stringify(PAYLOAD)}: 1}]`;
  const workflow = await makeWorkflow(
    PAYLOAD,
    [
      start,
      node("say", "code", label, 416, { language: "python", code: python }),
      node("fail", "stop_and_error", "Fails", 736, { message: TEXT }),
      note,
    ],
    [edge("start", "say"), edge("say", "fail")],
  );
  const asks = await makeWorkflow(
    "Asks",
    [
      start,
      node("ask", "human_task", "Ask", 416, { title: TEXT.slice(0, 300), message: TEXT, context: { [PAYLOAD]: TEXT } }),
    ],
    [edge("start", "ask")],
  );
  const [run] = await Promise.all([runWorkflow(workflow), runWorkflow(asks, 0)]);
  const { page } = await freshPage();
  await signIn(page, "/app/workflows");
  const shows = (text: string) => page.getByText(text).first().waitFor();
  await shows(PAYLOAD);
  await expectHarmless(page, "list");

  await go(page, `/app/workflows/${workflow}?node=say`);
  await page.getByLabel("Workflow canvas").getByText(label.slice(0, 40)).first().waitFor();
  await expectHarmless(page, "editor");

  await go(page, `/app/workflows/${workflow}/runs/${run}`);
  await shows(PAYLOAD);
  await expectHarmless(page, "error");
  await page.getByRole("tab", { name: "Logs", exact: true }).first().click();
  await page.getByRole("log").getByText(PAYLOAD).first().waitFor();
  await expectHarmless(page, "log");
  await go(page, `/app/workflows/${workflow}/runs/${run}?node=say`);
  for (const view of ["Table", "JSON", "Schema"]) {
    await page
      .getByRole("radio", { name: view })
      .or(page.getByRole("tab", { name: view }))
      .first()
      .click();
    await shows("onerror");
    await expectHarmless(page, `output as ${view}`);
  }

  await go(page, "/app/inbox");
  await page
    .getByRole("link", { name: PAYLOAD.slice(0, 40) })
    .first()
    .click();
  await page.getByRole("button", { name: "Approve", exact: true }).waitFor();
  await shows("onerror");
  await expectHarmless(page, "question");
});

const HOSTILE = `<!doctype html><title>harmless</title><h1>You have won</h1>
<script>document.title = "ran"; fetch("/api/auth/refresh/", { method: "POST" });</script>
<script src="/api/auth/refresh/"></script>
<img src="x" onerror="document.title = 'ran'"><link rel="stylesheet" href="/app/steal.css">
<iframe src="/app/workflows"></iframe>
<form method="post" action="/api/auth/logout/"><button>Take the prize</button></form>`;
const EVIL_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": "default-src * 'unsafe-inline'",
  "Set-Cookie": "heddle_theme=evil; Path=/",
  "Clear-Site-Data": '"*"',
  Refresh: "0; url=/app/workflows",
  "Service-Worker-Allowed": "/",
  "X-Frame-Options": "ALLOWALL",
  "X-Own": "passes",
};
const REFUSED = /sandbox|Content Security Policy|^error: policy:/i;

async function deployHostile(baseUrl: string): Promise<string> {
  const path = `prize-${Date.now()}`;
  const workflow = await makeWorkflow(
    "Hostile",
    [
      node("hook", "webhook_trigger", "Hook", 96, { path, methods: ["GET", "POST"], response_mode: "respond_node" }),
      node("answer", "respond_webhook", "Answer", 416, { respond_with: "text", body: HOSTILE, headers: EVIL_HEADERS }),
    ],
    [edge("hook", "answer")],
  );
  return await deployed(baseUrl, workflow);
}

/** Puts a workflow into service and returns the address of its first trigger. */
async function deployed(baseUrl: string, workflow: string): Promise<string> {
  const response = await fetch(`${baseUrl}${WORKFLOWS}${workflow}/deploy/`, {
    method: "POST",
    headers: { "X-API-Key": server.apiKey, "Content-Type": "application/json" },
    body: "{}",
  });
  const { triggers } = (await response.json()) as { triggers: { url: string }[] }; // as the OpenAPI has it
  return triggers[0]?.url ?? "";
}

test("a page that a workflow answers runs nothing and sends nothing with the editor's session", async () => {
  const url = await deployHostile(server.baseUrl);
  expect(url.startsWith(server.baseUrl)).toBe(true); // one origin with the editor: the worse case
  const { page, context, complaints } = await freshPage();
  await signIn(page, "/app/runs");
  complaints.expect(REFUSED);
  const victim = await context.newPage();
  const answered: string[] = []; // requests that the policy refused are told of, and never leave
  victim.on("response", (response) => answered.push(new URL(response.url()).pathname));
  const answer = await victim.goto(url);
  await victim.getByRole("heading", { name: "You have won" }).waitFor();
  const headers = (await answer?.allHeaders()) ?? {};
  expect(headers["content-security-policy"]).toBe("sandbox; default-src 'none'; form-action 'none'");
  expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "x-frame-options": "DENY", "x-own": "passes" });
  for (const name of ["set-cookie", "clear-site-data", "refresh", "service-worker-allowed"])
    expect(headers).not.toHaveProperty(name);
  await victim.getByRole("button", { name: "Take the prize" }).click();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor(); // still signed in
  expect(await victim.title()).toBe("harmless");
  expect(answered).toEqual([new URL(url).pathname]);
});

const FORM = {
  title: `Apply ${PAYLOAD}`,
  description: PAYLOAD,
  submit_label: "Apply now",
  thanks: `Thanks ${PAYLOAD}`,
  form: { type: "object", properties: { name: { type: "string", title: `Name ${PAYLOAD}` } } },
};

async function deployForm(baseUrl: string): Promise<string> {
  const form = node("form", "form_trigger", "Form", 96, { path: `apply-${Date.now()}`, ...FORM });
  return await deployed(
    baseUrl,
    await makeWorkflow("Form", [form, node("end", "no_op", "End", 416)], [edge("form", "end")]),
  );
}

test("a public form and a public question run nothing, and know no session", async () => {
  const url = await deployForm(server.baseUrl);
  const { page, context } = await freshPage();
  await signIn(page, "/app/runs");
  const form = await context.newPage();
  await form.goto(url);
  await form.getByText(`Apply ${PAYLOAD}`).waitFor();
  await expectHarmless(form, "form");
  const sending = form.waitForRequest((request) => request.method() === "POST");
  await form.getByRole("textbox").fill(PAYLOAD);
  await form.getByRole("button", { name: "Apply now" }).click();
  expect((await (await sending).allHeaders()).cookie ?? "").not.toContain((await refreshCookie(context))?.value);
  await form.getByRole("status").getByText(PAYLOAD).waitFor();
  await expectHarmless(form, "thanks");

  await form.goto(`/hitl/#${server.answerToken}`);
  await form.getByRole("button", { name: "Approve" }).waitFor();
  expect(form.url()).toBe(`${server.baseUrl}/hitl/`);
  await expectHarmless(form, "question by mail");
  expect(await form.title()).toContain("<script>");
  await form.getByRole("button", { name: "Approve" }).click();
  await form.getByText("approved", { exact: false }).first().waitFor();
});

test("webhooks and forms on a host of their own know nothing of the editor, and it nothing of them", async () => {
  const { baseUrl, hooksUrl } = server.apart ?? { baseUrl: "", hooksUrl: "" };
  const [hook, form] = [await deployHostile(baseUrl), await deployForm(baseUrl)];
  expect([hook, form].every((url) => url.startsWith(`${hooksUrl}/api/webhooks/`))).toBe(true);
  const { page, context, complaints } = await freshPage({ baseURL: baseUrl });
  complaints.expect(REFUSED);
  complaints.expect(/^elsewhere: http:\/\/hooks\.localhost:/); // where this test goes itself
  await signIn(page, "/app/runs");
  const victim = await context.newPage();
  const cookies: string[] = [];
  victim.on("request", async (request) => cookies.push((await request.allHeaders()).cookie ?? ""));
  await victim.goto(hook);
  await victim.getByRole("heading", { name: "You have won" }).waitFor();
  expect(await victim.title()).toBe("harmless");
  await victim.goto(form);
  await victim.getByRole("textbox").fill("Ada");
  await victim.getByRole("button", { name: "Apply now" }).click();
  await victim.getByRole("status").waitFor();
  expect(cookies.join("")).toBe("");
  for (const path of ["/app/", "/api/auth/refresh/", "/static/app/.vite/manifest.json", "/api/docs/"])
    expect((await victim.goto(`${hooksUrl}${path}`))?.status(), path).toBe(404);
  expect((await victim.goto(hook.replace(hooksUrl, baseUrl)))?.status()).toBe(404);
});

test("signing in with Google is offered where it is configured, and what fails there is said", async () => {
  const { page: plain } = await freshPage();
  await plain.goto("/app/login");
  await plain.getByLabel("Email").waitFor();
  expect(await plain.getByRole("button", { name: "Continue with Google" }).count()).toBe(0);

  const { page, complaints } = await freshPage({ baseURL: server.apart?.baseUrl ?? "" });
  complaints.expect(/^elsewhere: https:\/\/accounts\.google\.com\//);
  await page.route("https://accounts.google.com/**", async (route) => {
    const asked = new URL(route.request().url()).searchParams;
    expect(asked.get("client_id")).toBe("client-of-tests");
    const back = `${asked.get("redirect_uri")}?error=access_denied&code=none&state=${asked.get("state")}`;
    await route.fulfill({ status: 302, headers: { Location: back } });
  });
  await page.goto("/app/login?next=%2Fruns");
  await page.getByRole("button", { name: "Continue with Google" }).click();
  await page.waitForURL((url) => url.pathname === "/app/login/google" && url.search === "");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: /./ }).first().waitFor({ timeout: 20_000 });
});

test("a provider's window signs a credential in, closes by itself, and the page learns it from the server", async () => {
  const made = await call<{ id: string }>("POST", "/api/credentials/", {
    name: `Signed in ${Date.now()}`,
    type: "oauth2",
    data: {
      client_id: "ours",
      client_secret: "secret-of-tests",
      authorize_url: "https://id.example.com/authorize",
      token_url: `${server.peerUrl}/token`,
    },
  });
  const { page, context, complaints } = await freshPage();
  complaints.expect(/^elsewhere: https:\/\/id\.example\.com\//);
  const answer = { error: "access_denied", code: "" };
  await context.route("https://id.example.com/**", async (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const said = answer.error ? `error=${answer.error}` : `code=${answer.code}`;
    await route.fulfill({
      status: 302,
      headers: { Location: `${asked.get("redirect_uri")}?${said}&state=${asked.get("state")}` },
    });
  });
  await signIn(page, `/app/credentials/${made.id}`);
  const opens = async () => {
    const opening = context.waitForEvent("page");
    await page.getByRole("button", { name: /^Sign in with/ }).click();
    return await opening;
  };
  const refused = await opens();
  await refused.getByRole("alert").getByText("was not allowed at the provider").waitFor();
  await refused.getByRole("button", { name: "Close window" }).click();
  if (!refused.isClosed()) await refused.waitForEvent("close");
  Object.assign(answer, { error: "", code: "from-the-provider" });
  const accepted = await opens();
  await page.getByRole("button", { name: /again$/ }).waitFor();
  if (!accepted.isClosed()) await accepted.waitForEvent("close");
  expect(await page.content()).not.toContain("access-of-tests");
});

test("a login with a client of this installation is made by signing in, and a refusal is said in the window", async () => {
  const { page, context, complaints } = await freshPage({ baseURL: server.apart?.baseUrl ?? "" });
  complaints.expect(/^elsewhere: https:\/\/github\.com\//);
  await context.route("https://github.com/**", async (route) => {
    const asked = new URL(route.request().url()).searchParams;
    expect(asked.get("client_id")).toBe("client-of-tests");
    const back = `${asked.get("redirect_uri")}?error=access_denied&state=${asked.get("state")}`;
    await route.fulfill({ status: 302, headers: { Location: back } });
  });
  await signIn(page, "/app/credentials");
  await page.getByRole("button", { name: "New credential" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New credential" });
  await dialog.getByRole("combobox", { name: "Type" }).click();
  await page.getByRole("option", { name: "GitHub (log-in)" }).click();
  const opening = context.waitForEvent("page");
  await dialog.getByRole("button", { name: "Connect with GitHub (log-in)" }).click();
  await (await opening).getByRole("alert").getByText("was not allowed at the provider").waitFor();
  await dialog.getByText("Finish signing in in the other window.", { exact: false }).waitFor();
});
