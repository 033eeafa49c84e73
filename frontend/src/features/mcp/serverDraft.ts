/** A server as its form holds it: texts, of which each list and map is lines. */
import type { McpServer, ServerBody } from "./queries";

export interface ServerDraft {
  readonly name: string;
  readonly scope: ServerBody["scope"];
  readonly transport: McpServer["transport"];
  readonly command: string;
  readonly args: string;
  readonly env: string;
  readonly url: string;
  readonly headers: string;
  readonly credential: string;
  readonly mapped: string;
  readonly timeout: string;
  readonly enabled: boolean;
}

export const isProgram = ({ transport }: Pick<ServerDraft, "transport">) => transport === "stdio";

export function draftOf(server: McpServer | undefined): ServerDraft {
  const program = server === undefined || server.transport === "stdio";
  const mapped = server?.credential_map[program ? "env" : "headers"] ?? {};
  return {
    name: server?.name ?? "",
    scope: server?.scope ?? "user",
    transport: server?.transport ?? "streamable_http",
    command: server?.command ?? "",
    args: (server?.args ?? []).join("\n"),
    env: linesOf(server?.env ?? {}, "="),
    url: server?.url ?? "",
    headers: linesOf(server?.headers ?? {}, ": "),
    credential: server?.credential_id ?? "",
    mapped: linesOf(mapped, program ? "=" : ": "),
    timeout: String(server?.timeout_s ?? 30),
    enabled: server?.enabled ?? true,
  };
}

/** Returns what is sent, and the first line of each map that cannot be read, by field. */
export function bodyOf(draft: ServerDraft): { readonly body: ServerBody; readonly wrong: Record<string, string> } {
  const program = isProgram(draft);
  const env = mapOf(program ? draft.env : "", "=");
  const headers = mapOf(program ? "" : draft.headers, ":");
  const mapped = mapOf(draft.credential === "" ? "" : draft.mapped, program ? "=" : ":");
  const found = { env: env.wrong, headers: headers.wrong, credential_map: mapped.wrong };
  const wrong = Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const part = program ? "env" : "headers";
  return {
    body: {
      name: draft.name.trim(),
      scope: draft.scope ?? "user",
      transport: draft.transport,
      command: program ? draft.command.trim() : "",
      args: program ? draft.args.split("\n").filter((line) => line !== "") : [],
      env: env.map,
      url: program ? "" : draft.url.trim(),
      headers: headers.map,
      credential_id: draft.credential || null,
      credential_map: Object.keys(mapped.map).length > 0 ? { [part]: mapped.map } : {},
      timeout_s: Number(draft.timeout),
      enabled: draft.enabled,
    },
    wrong: Object.fromEntries(wrong),
  };
}

function linesOf(map: Readonly<Record<string, string>>, joint: string): string {
  return Object.entries(map)
    .map(([name, value]) => `${name}${joint}${value}`)
    .join("\n");
}

function mapOf(text: string, joint: string): { map: Record<string, string>; wrong: string | undefined } {
  const map: Record<string, string> = {};
  let wrong: string | undefined;
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "") continue;
    const place = line.indexOf(joint);
    const name = line.slice(0, Math.max(place, 0)).trim();
    if (name === "") wrong ??= line;
    else map[name] = line.slice(place + 1).trim();
  }
  return { map, wrong };
}
