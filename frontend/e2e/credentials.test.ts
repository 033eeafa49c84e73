import { expect, test } from "vitest";
import { freshPage, signIn, withBrowser } from "./browser";

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

test("a credential of somebody else is said to be missing, in words", async () => {
  const { context, page } = await freshPage();
  await signIn(page, "/app/credentials/01a21564-81bb-7d75-adb1-000000000000");
  await page.getByText("This does not exist, or is not yours.").waitFor();
  await context.close();
});
