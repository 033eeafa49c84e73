import { expect, test } from "vitest";
import { call, callSignedIn, freshPage, server, signInByForm, withBrowser } from "./browser";
import { codeOf } from "./totp";

withBrowser();

test("a person signs in, goes on where they wanted to be, and no token is kept in the page", async () => {
  const { context, page, complaints } = await freshPage();
  await signInByForm(page, "/app/workflows");
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

test("who has a second factor is asked for its code, and only then let in", async () => {
  const email = `second-factor-${Date.now()}@example.org`;
  await call("POST", "/api/users/", { email, password: server.password });
  const { secret } = await callSignedIn<{ secret: string }>("POST", "/api/users/me/two-factor/", {}, email);
  await callSignedIn(
    "POST",
    "/api/users/me/two-factor/confirm/",
    { code: codeOf(secret), password: server.password },
    email,
  );
  const { page } = await freshPage();
  await page.goto("/app/runs");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(server.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  const code = page.getByLabel("Code of your second factor");
  await code.fill("000000");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: /./ }).first().waitFor();
  // The one of this half minute is used up.
  await code.fill(codeOf(secret, 1));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.pathname === "/app/runs");
});
