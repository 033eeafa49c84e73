import { expect, test } from "vitest";
import { freshPage, server, signIn, withBrowser } from "./browser";

withBrowser();

test("a person signs in, goes on where they wanted to be, and no token is kept in the page", async () => {
  const { context, page, complaints } = await freshPage();
  await signIn(page, "/app/workflows");
  await page.getByRole("navigation").first().waitFor();
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]));
  expect(kept).not.toMatch(/eyJ/);
  await page.reload();
  await page.getByRole("navigation").first().waitFor();
  expect(complaints.list).toEqual([]);
  await context.close();
});

test("a wrong password is said in words, and the page stays", async () => {
  const { context, page } = await freshPage();
  await page.goto("/app/login");
  await page.getByLabel("Email").fill(server.email);
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("alert").first().waitFor();
  expect(new URL(page.url()).pathname).toBe("/app/login");
  await context.close();
});
