import { expect, test } from "vitest";
import { call, freshPage, server, signIn, withBrowser } from "./browser";
import { edge, makeWorkflow, node } from "./screens";

withBrowser();

const WORKFLOWS = "/api/orchestrator/workflows/";

/** The server that `HEDDLE_E2E` names refuses the first call about webhooks, and takes the next ones. */
async function githubWorkflow(baseUrl: string): Promise<string> {
  const data = { token: "ghp_of_tests", base_url: baseUrl };
  const credential = await call<{ id: string }>("POST", "/api/credentials/", {
    name: `GitHub ${Date.now()}`,
    type: "github",
    data,
  });
  const trigger = node("hook", "github_trigger", "New pushes", 96, { owner: "octo", repository: "spoon" });
  const withCredential = { ...trigger, data: { ...trigger.data, credentials: { github: credential.id } } };
  return makeWorkflow("Pushes", [withCredential, node("end", "no_op", "End", 416)], [edge("hook", "end")]);
}

test("a trigger that could not be registered says why, and is registered by another try", async () => {
  const workflow = await githubWorkflow(`${server.peerUrl}`);
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${workflow}/triggers`);
  const card = page.getByRole("region", { name: "New pushes" });
  await card.getByText("Not deployed").waitFor();

  await call("POST", `${WORKFLOWS}${workflow}/deploy/`, {});
  await page.reload();
  await card.getByText("Failed", { exact: true }).waitFor();
  expect(await card.getByRole("alert").textContent()).toContain("GitHub refuses this credential: Bad credentials");
  await card.getByText("It failed once.").waitFor();
  await page.goto("/app/workflows");
  await page.getByRole("link", { name: "A trigger fails" }).click();
  await card.getByRole("button", { name: "Try again" }).click();
  await card.getByText("In service").waitFor();
  await card.getByText("Confirmed by the other service").waitFor();
  expect(await card.getByRole("alert").count()).toBe(0);

  await card.getByRole("button", { name: "New secret…" }).click();
  await page.getByRole("button", { name: "Make a new secret" }).click();
  await card.getByText("In service").waitFor();
  await card.getByRole("button", { name: "Listen for a test call" }).click();
  await card.getByText("Waiting for one event.").waitFor();
});
