import { expect, test } from "vitest";
import { call, freshPage, server, signIn, withBrowser } from "./browser";
import { codeOf } from "./totp";

withBrowser();

test("an API key is shown once, works, and is refused after it was deleted", async () => {
  const { context, page, complaints } = await freshPage();
  await signIn(page, "/app/settings/keys");
  await page.getByRole("button", { name: "New API key" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Reports");
  await page.getByRole("button", { name: "Create key" }).click();
  const key = (await page.getByRole("dialog", { name: "Your new API key" }).locator("code").textContent()) ?? "";
  await page.getByRole("button", { name: "I have stored it" }).click();
  const ask = () => fetch(`${server.baseUrl}/api/users/me`, { headers: { "X-API-Key": key } });
  expect((await ask()).status).toBe(200);
  expect(await page.content()).not.toContain(key);
  await page.getByRole("button", { name: "More for Reports" }).click();
  await page.getByRole("menuitem", { name: "Delete key" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete key" }).click();
  await page.getByRole("button", { name: "More for Reports" }).waitFor({ state: "detached" });
  expect((await ask()).status).toBe(401);
  expect(complaints.list).toEqual([]);
  await context.close();
});

test("a default model and limits of spending are chosen and there again", async () => {
  const { context, page, complaints } = await freshPage();
  await signIn(page, "/app/settings/models");
  await page.getByLabel("Provider").click();
  await page.getByRole("option", { name: "Ollama" }).click();
  await page
    .getByRole("textbox", { name: "Model" })
    .or(page.getByRole("combobox", { name: "Model" }))
    .fill("llama3.3");
  await page.getByRole("button", { name: "Save changes" }).first().click();
  await page.getByText("Saved").first().waitFor();
  await page.getByLabel("A day").fill("2.50");
  await page.getByRole("button", { name: "Save changes" }).last().click();
  const mine = () =>
    call<{ llm: { model: string } | null; budget: { day_usd: string } | null }>("GET", "/api/users/me");
  await expect.poll(async () => Number((await mine()).budget?.day_usd)).toBe(2.5);
  expect((await mine()).llm?.model).toBe("llama3.3");
  await page.reload();
  await expect.poll(() => page.getByLabel("A day").inputValue()).toMatch(/^2\.50*$/);
  await page.getByLabel("Provider").click();
  await page.getByRole("option", { name: "As this server has it" }).click();
  await page.getByRole("button", { name: "Save changes" }).first().click();
  await expect.poll(async () => (await mine()).llm).toBeNull();
  await page.getByLabel("A day").fill("");
  await page.getByRole("button", { name: "Save changes" }).last().click();
  await expect.poll(async () => (await mine()).budget).toBeNull();
  expect(complaints.list).toEqual([]);
  await context.close();
});

test("the second factor is turned on with a code of the app, and off with a recovery code", async () => {
  const { context, page, complaints } = await freshPage();
  await signIn(page, "/app/settings/security");
  await page.getByRole("button", { name: "Turn on" }).click();
  const secret = ((await page.getByLabel("Key", { exact: true }).textContent()) ?? "").replaceAll(" ", "");
  await page.getByLabel("Code").fill(codeOf(secret));
  await page.getByRole("dialog").getByLabel("Password").fill(server.password);
  await page.getByRole("button", { name: "Turn it on" }).click();
  const codes = (await page.getByRole("dialog", { name: "Your recovery codes" }).locator("code").textContent()) ?? "";
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByRole("button", { name: "Turn off" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Password").fill(server.password);
  await dialog.getByLabel("Code of the app").fill(codes.split("\n")[0] ?? "");
  await dialog.getByRole("button", { name: "Turn off" }).click();
  await page.getByRole("button", { name: "Turn on" }).waitFor();
  expect(complaints.list).toEqual([]);
  await context.close();
});

test("refused code of a custom node is marked at its line; mended, the node is there", async () => {
  const { context, page, complaints } = await freshPage();
  await signIn(page, "/app/settings/custom-nodes/new");
  const code = page.locator(".cm-content");
  await code.waitFor();
  await code.click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.insertText("import os\n");
  await page.getByRole("button", { name: "Create node" }).click();
  await page.getByText("Line 1", { exact: true }).waitFor();
  await page.locator(".cm-lintRange-error").first().waitFor();
  await code.click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Delete");
  await page.getByRole("button", { name: "Create node" }).click();
  await page.getByRole("heading", { level: 2, name: "Word count" }).waitFor();
  await page.getByText("two words", { exact: true }).waitFor();
  expect(complaints.list).toEqual([]);
  await context.close();
});
