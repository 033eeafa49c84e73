import { expect, test } from "vitest";
import { findingsInBoth } from "./axe";
import { call, freshPage, server, signIn, withBrowser } from "./browser";

withBrowser();

const WORKFLOWS = "/api/orchestrator/workflows/";
const START = { id: "start", type: "manual_trigger", position: { x: 0, y: 0 }, data: { label: "Start", params: {} } };

test("the empty list offers a blank workflow and three examples; one opens, and runs at once", async () => {
  const { page } = await freshPage();
  await signIn(page);
  await page.getByText("Your workflows will be listed here.").waitFor();
  await page.getByRole("button", { name: "Start with a blank one" }).waitFor();
  const examples = page.getByRole("list", { name: "Examples" }).getByRole("button");
  expect(await examples.count()).toBe(3);
  await examples.first().click();
  await page.getByLabel("Workflow canvas").getByText("Total per way").waitFor();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("region", { name: "Run" }).getByText("Completed", { exact: true }).first().waitFor();
});

test("from the sign-in page, eleven actions lead to a run of three nodes and the last one's output", async () => {
  const { page } = await freshPage();
  let actions = 0;
  /** What a person does once: a click, a field that is filled, a word that is written, a key. */
  const act = async (done: Promise<unknown>) => {
    actions += 1;
    await done;
  };
  const begun = Date.now();
  await page.goto("/app/login");
  await act(page.getByLabel("Email").fill(server.email));
  await act(page.getByLabel("Password", { exact: true }).fill(server.password));
  await act(page.getByRole("button", { name: "Sign in", exact: true }).click());
  await act(page.getByRole("button", { name: "New workflow", exact: true }).click());
  const search = page.getByLabel("Search nodes");
  await search.waitFor();
  await act(page.keyboard.type("http"));
  await act(page.keyboard.press("Enter"));
  // The first field that is needed has the focus.
  await page.locator("[data-param=url] .cm-content:focus").waitFor();
  await act(page.keyboard.type(`${server.peerUrl}/orders`));
  await act(page.getByRole("button", { name: "Add node", exact: true }).click());
  await search.waitFor();
  await act(page.keyboard.type("set"));
  await act(page.keyboard.press("Enter"));
  await page.locator(".react-flow__node").nth(2).waitFor();
  await act(page.getByRole("button", { name: "Run", exact: true }).click());
  const panel = page.getByRole("region", { name: "Run" });
  await panel.getByText("Completed", { exact: true }).first().waitFor();
  const output = panel.getByRole("tabpanel", { name: "Output" });
  await output.getByText("status").waitFor();
  await output.getByText("200", { exact: true }).waitFor();
  expect(actions).toBeLessThanOrEqual(12);
  expect(Date.now() - begun).toBeLessThan(60_000);
});

test("the tour shows five steps on the canvas; skipped, it never comes again", async () => {
  const made = await call<{ id: string }>("POST", WORKFLOWS, { name: `Tour ${Date.now()}`, nodes: [START], edges: [] });
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${made.id}`);
  const tour = page.getByRole("complementary", { name: "A first look around" });
  const titles: string[] = [];
  for (let at = 1; at <= 5; at += 1) {
    await tour.getByText(`${at} of 5`).waitFor();
    titles.push((await tour.getByRole("heading").textContent()) ?? "");
    if (at < 5) await tour.getByRole("button", { name: "Next" }).click();
  }
  expect(titles).toEqual(["This is the canvas", "Add nodes", "Set a node up", "Run it", "Nothing is lost"]);
  expect(await findingsInBoth(page)).toEqual([]);
  await page.getByLabel("Workflow canvas").focus();
  await page.keyboard.press("n");
  await page.getByLabel("Search nodes").waitFor();
  await page.getByLabel("Workflow canvas").focus();
  await page.keyboard.press("n");
  await page.locator("input:focus").and(page.getByLabel("Search nodes")).waitFor();
  await tour.getByRole("button", { name: "Back" }).click();
  await tour.getByRole("button", { name: "Skip the tour" }).click();
  await tour.waitFor({ state: "detached" });
  await page.reload();
  await page.getByLabel("Workflow canvas").getByText("Start", { exact: true }).waitFor();
  expect(await tour.count()).toBe(0);
});

test("on a phone a workflow is a list of steps and a canvas to look at; it starts, pauses and goes on", async () => {
  const wait = {
    id: "rest",
    type: "wait",
    position: { x: 320, y: 0 },
    data: { label: "Rest", params: { seconds: 2 } },
  };
  const end = { id: "end", type: "no_op", position: { x: 640, y: 0 }, data: { label: "The end", params: {} } };
  const made = await call<{ id: string }>("POST", WORKFLOWS, {
    name: `Phone ${Date.now()}`,
    nodes: [START, wait, end],
    edges: [
      { id: "a", source: "start", target: "rest" },
      { id: "b", source: "rest", target: "end" },
    ],
  });
  const { page } = await freshPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
  await signIn(page, `/app/workflows/${made.id}`);
  await page.getByText("To change it, open it on a larger one.").waitFor();
  const steps = page.getByRole("list", { name: "Steps" });
  expect(await steps.getByRole("listitem").count()).toBe(3);
  const run = page.getByRole("region", { name: "Run" });
  await run.getByRole("button", { name: "Run", exact: true }).click();
  await run.getByRole("button", { name: "Pause" }).click();
  await run.getByRole("button", { name: "Resume" }).click();
  await run.getByText("Completed", { exact: true }).waitFor();
  await steps.getByRole("button", { name: /The end/ }).click();
  await steps.getByText("[1]").waitFor();
  expect(await findingsInBoth(page)).toEqual([]);
  await page.getByRole("radio", { name: "Canvas" }).click();
  await page
    .getByLabel("Workflow canvas")
    .getByRole("group", { name: /^The end/ })
    .waitFor();
  expect(await page.getByRole("button", { name: /Add node|Deploy|Undo/ }).count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
});
