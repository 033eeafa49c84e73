import { mkdirSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { settled } from "./axe";
import { call, freshPage, go, signIn, withBrowser } from "./browser";
import { edge, makeWorkflow, node } from "./screens";

withBrowser();

const TEMPLATES = "/api/orchestrator/templates/";
const FOLDER = process.env.HEDDLE_LOOKED_AT;

/** Keeps pictures of a page for somebody to look at, where a folder for them is named. */
async function look(page: Page, name: string): Promise<void> {
  if (!FOLDER) return;
  mkdirSync(FOLDER, { recursive: true });
  await settled(page);
  for (const [colorScheme, width] of [
    ["light", 1280],
    ["dark", 1280],
    ["light", 390],
    ["dark", 390],
  ] as const) {
    await page.setViewportSize({ width, height: 844 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    writeFileSync(`${FOLDER}/${name}-${colorScheme}-${width}.png`, await page.screenshot());
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

test("a template is found by what it is to do, looked at, and made one's own", async () => {
  const { page } = await freshPage();
  await signIn(page, "/app/templates");
  await page.getByRole("heading", { level: 1, name: "Templates" }).waitFor();
  await look(page, "gallery");
  await page.getByRole("searchbox", { name: "What should it do?" }).fill("remind customers who have not paid");
  await page.waitForURL(/q=remind/);
  const first = page.getByRole("list", { name: "Templates" }).getByRole("listitem").first();
  await first.getByRole("link", { name: "Overdue invoices" }).click({ timeout: 20_000 });
  await page.getByRole("heading", { level: 1, name: "Overdue invoices" }).waitFor();
  await page.getByLabel("What it does").getByText("Past their date").first().waitFor();
  await look(page, "template");
  await page.getByRole("button", { name: "Use this template" }).click();
  const dialog = page.getByRole("dialog", { name: "Use Overdue invoices" });
  const name = `Reminders ${Date.now()}`;
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("Send the reminder: Address of your mailing service").fill("https://mail.example.org/out");
  await look(page, "clone");
  await dialog.getByRole("button", { name: "Make my workflow" }).click();
  await page.waitForURL(/\/app\/workflows\/[0-9a-f-]{36}/);
  const id = new URL(page.url()).pathname.split("/")[3] ?? "";
  const made = await call<{
    nodes: { id: string; data: { params: { url?: string } } }[];
    name: string;
    status: string;
  }>("GET", `/api/orchestrator/workflows/${id}/`);
  expect([made.name, made.status]).toEqual([name, "draft"]);
  expect(made.nodes.find((one) => one.id === "write")?.data.params.url).toBe("https://mail.example.org/out");
});

test("a clone asks for the missing credentials alone, and takes one's own", async () => {
  const own = await call<{ id: string }>("POST", "/api/credentials/", {
    name: `Own login ${Date.now()}`,
    type: "http_bearer",
    data: { token: "not-a-real-token" },
  });
  const call_ = node("call", "http_request", "Call the shop", 416, { url: "https://shop.example.org/" });
  const workflow = await makeWorkflow(
    "Calls the shop",
    [
      node("start", "manual_trigger", "Start", 96),
      { ...call_, data: { ...call_.data, credentials: { auth: own.id } } },
    ],
    [edge("start", "call")],
  );
  const template = await call<{ id: string; name: string }>("POST", `${TEMPLATES}publish/`, {
    workflow_id: workflow,
    category: "sales",
  });
  const { page } = await freshPage();
  await signIn(page, `/app/templates/${template.id}`);
  await page.getByRole("button", { name: "Use this template" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("To fill in").waitFor({ state: "detached" });
  await dialog.getByRole("combobox", { name: /^Call the shop: a credential/ }).click();
  await page
    .getByRole("option", { name: /^Own login/ })
    .last()
    .click();
  await dialog.getByRole("button", { name: "Make my workflow" }).click();
  await page.waitForURL(/\/app\/workflows\/[0-9a-f-]{36}/);
});

test("publishing shows what is taken out and asks about what tells who somebody is", async () => {
  const name = `Welcome mail ${Date.now()}`;
  const workflow = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name,
    nodes: [
      node("start", "manual_trigger", "Start", 96),
      node("send", "http_request", "Send it", 416, { url: "https://mail.example.org/?token=abcdef", method: "GET" }),
      node("say", "set", "Say hello", 736, {
        assignments: [{ name: "to", value: "ada@the-firm.net", type: "string" }],
      }),
    ],
    edges: [edge("start", "send"), edge("send", "say")],
  });
  const { page, complaints } = await freshPage();
  await signIn(page, `/app/workflows?search=${encodeURIComponent(name)}`);
  await page.getByRole("button", { name: `Actions of ${name}` }).click();
  await page.getByRole("menuitem", { name: "Publish as template" }).click();
  const dialog = page.getByRole("dialog", { name: "Publish as template" });
  await dialog.getByRole("combobox", { name: "Category" }).click();
  await page.getByRole("option", { name: "Communication" }).click();
  await dialog.getByLabel("Description").fill("Greets <img src=x onerror=alert(1)> everybody");
  await dialog.getByRole("button", { name: "Look at what is shown" }).click();
  await dialog.getByText("E-mail address: Say hello, assignments.0.value").waitFor();
  await dialog.getByText("Send it, url").waitFor();
  await look(page, "publish");
  await dialog.getByRole("checkbox", { name: "Yes, everybody may read this" }).click();
  await dialog.getByRole("button", { name: "Publish template" }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
  await page.getByText("Greets <img src=x onerror=alert(1)> everybody").waitFor();

  await page.getByLabel("Write a comment").fill("First <b>words</b>");
  await page.getByRole("button", { name: "Send comment" }).click();
  await page.getByText("First <b>words</b>").first().waitFor();
  await page.getByRole("button", { name: "Bookmark" }).click();
  await page.getByRole("button", { name: "Bookmarked" }).waitFor();
  await go(page, "/app/templates?which=bookmarked");
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Take out of the gallery" }).click();
  await page.getByRole("button", { name: "Take out of the gallery" }).click();
  await page.waitForURL(/\/app\/templates$/);
  complaints.expect(/404/);
  await go(page, "/app/templates?q=qqqqzzzz");
  await page.getByText("No template answers this.").waitFor({ timeout: 20_000 });
  await look(page, "nothing");
  expect((await call<{ is_template: boolean }>("GET", `/api/orchestrator/workflows/${workflow.id}/`)).is_template).toBe(
    false,
  );
});
