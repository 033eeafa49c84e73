import { expect, test } from "vitest";
import type { McpServer } from "./queries";
import { bodyOf, draftOf } from "./serverDraft";

const stored: McpServer = {
  id: "1",
  name: "Time",
  scope: "user",
  transport: "stdio",
  command: "mcp-server-time",
  args: ["--local-timezone", "Europe/Berlin"],
  env: { LEVEL: "a=b" },
  url: "",
  headers: {},
  credential_id: "c",
  credential_map: { env: { KEY: "token" } },
  enabled: true,
  timeout_s: 20,
  status: "ok",
  last_error: null,
  tools_count: 2,
  tools_omitted: 0,
  tools_cached_at: null,
  created_at: "",
  updated_at: "",
};

test("a server goes through its form unchanged", () => {
  const { body, wrong } = bodyOf(draftOf(stored));
  expect(wrong).toEqual({});
  expect(body).toEqual({
    name: "Time",
    scope: "user",
    transport: "stdio",
    command: "mcp-server-time",
    args: ["--local-timezone", "Europe/Berlin"],
    env: { LEVEL: "a=b" },
    url: "",
    headers: {},
    credential_id: "c",
    credential_map: { env: { KEY: "token" } },
    timeout_s: 20,
    enabled: true,
  });
});

test("an address keeps its headers and loses what is a program's", () => {
  const draft = {
    ...draftOf(stored),
    transport: "sse" as const,
    url: " https://mcp.example.org/sse ",
    headers: "X-Team: a\nX-Link: https://example.org/",
    mapped: "Authorization: Bearer {token}",
  };
  const { body } = bodyOf(draft);
  expect(body).toMatchObject({
    command: "",
    args: [],
    env: {},
    url: "https://mcp.example.org/sse",
    headers: { "X-Team": "a", "X-Link": "https://example.org/" },
    credential_map: { headers: { Authorization: "Bearer {token}" } },
  });
});

test("a line without a name is told, and a map without a credential is not sent", () => {
  const { body, wrong } = bodyOf({ ...draftOf(stored), env: "A=1\nnonsense", credential: "" });
  expect(wrong).toEqual({ env: "nonsense" });
  expect(body.env).toEqual({ A: "1" });
  expect(body).toMatchObject({ credential_id: null, credential_map: {} });
});
