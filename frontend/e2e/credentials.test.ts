import { expect, test } from "vitest";
import { call, freshPage, server, signIn, withBrowser } from "./browser";
import { makeWorkflow, node } from "./screens";

withBrowser();

const SECRET = "correct-horse-battery-staple";

test("a credential is made, changed without its secret, seen in the log and deleted; the secret is never shown", async () => {
  const { context, page, complaints } = await freshPage();
  const answers: Promise<string>[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/api/credentials/")) answers.push(response.text().catch(() => ""));
  });
  await signIn(page, "/app/credentials");
  await page.getByRole("button", { name: "New credential" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New credential" });
  await dialog.getByRole("combobox", { name: "Type" }).click();
  await page.getByRole("option", { name: "HTTP Bearer token" }).click();
  await dialog.getByLabel("Name", { exact: true }).fill("Billing");
  await dialog.getByLabel("Token").fill(SECRET);
  await dialog.getByRole("button", { name: "Save and test" }).click();

  await page.getByRole("heading", { level: 1, name: "Billing" }).waitFor();
  expect(await page.getByLabel("Token").inputValue()).toBe("");
  expect(await page.getByLabel("Token").getAttribute("placeholder")).toContain("Stored");
  await page.getByLabel("Name", { exact: false }).first().fill("Billing, new");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("heading", { level: 1, name: "Billing, new" }).waitFor();

  await page.getByRole("tab", { name: "Access log" }).click();
  await page.getByRole("cell", { name: "Changed" }).first().waitFor();
  expect(await page.content()).not.toContain(SECRET);

  await page.getByRole("button", { name: "Delete credential" }).click();
  const asked = page.getByRole("alertdialog");
  await asked.getByText("Its secrets are erased", { exact: false }).waitFor();
  await asked.getByRole("button", { name: "Delete credential" }).click();
  await page.waitForURL((url) => url.pathname === "/app/credentials");
  expect((await Promise.all(answers)).join("\n")).not.toContain(SECRET);
  expect(complaints.list).toEqual([]);
  await context.close();
});

test("a credential is made and tested inside a node's field, and chosen at once; its secret comes back nowhere", async () => {
  const workflow = await makeWorkflow(
    "Calls",
    [node("call", "http_request", "Call", 96, { url: "https://x.example" })],
    [],
  );
  const { page } = await freshPage();
  const answers: Promise<string>[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/api/")) answers.push(response.text().catch(() => ""));
  });
  await signIn(page, `/app/workflows/${workflow}?node=call`);
  await page.getByRole("button", { name: "Create a credential…" }).click();
  const dialog = page.getByRole("dialog", { name: "New credential" });
  await dialog.getByRole("combobox", { name: "Type" }).click();
  await page.getByRole("option", { name: "HTTP Bearer token" }).click();
  const name = `Made in a node ${Date.now()}`;
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("Token").fill(SECRET);
  await dialog.getByLabel("Address to try it at").fill(`${server.peerUrl}/works`);
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog.waitFor({ state: "detached" }); // it closes by itself only when the test passed
  await page
    .getByRole("combobox", { name: /^Credential/ })
    .getByText(name)
    .waitFor();
  await page.locator('[data-save-state="saved"]').waitFor();

  interface Stored {
    readonly nodes: readonly { readonly data: { readonly credentials: Readonly<Record<string, string>> } }[];
  }
  const stored = await call<Stored>("GET", `/api/orchestrator/workflows/${workflow}/`);
  const { results } = await call<{ results: { id: string; name: string; verified: boolean }[] }>(
    "GET",
    "/api/credentials/?page_size=100",
  );
  const made = results.find((one) => one.name === name);
  expect(made?.verified).toBe(true);
  expect(Object.values(stored.nodes[0]?.data.credentials ?? {})).toEqual([made?.id]);

  await page.reload();
  await page
    .getByRole("combobox", { name: /^Credential/ })
    .getByText(name)
    .waitFor();
  expect(await page.content()).not.toContain(SECRET);
  expect((await Promise.all(answers)).join("\n")).not.toContain(SECRET);
});

test("a credential of somebody else is said to be missing, in words", async () => {
  const { context, page } = await freshPage();
  await signIn(page, "/app/credentials/01a21564-81bb-7d75-adb1-000000000000");
  await page.getByText("This does not exist, or is not yours.").waitFor();
  await context.close();
});
