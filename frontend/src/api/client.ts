/** The one way to the server: typed by its OpenAPI, signed in, refreshed once when a token ran out. */
import createClient from "openapi-fetch";
import { jsonText, parseJson } from "@/domain/exactJson";
import { accessToken, refresh } from "./auth";
import { noteAnswer, noteSilence } from "./connection";
import { problemOf, unreachable } from "./problem";
import type { paths } from "./schema.gen";

/** `fetch` with the session's token; a 401 is tried again once with a fresh one. Raises: ProblemError `unreachable`. */
export async function authorizedFetch(input: Request): Promise<Response> {
  const token = await accessToken();
  const again = input.clone();
  const response = await send(input, token);
  if (response.status !== 401 || token === null || !(await refresh(token))) return response;
  return await send(again, await accessToken());
}

async function send(request: Request, token: string | null): Promise<Response> {
  if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
  try {
    const response = await fetch(request);
    // A proxy in front answers these while the server starts again.
    if (response.status === 502 && response.headers.get("X-Request-ID") === null) noteSilence();
    else noteAnswer();
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    noteSilence();
    throw unreachable();
  }
}

const client = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  credentials: "same-origin",
  fetch: authorizedFetch,
  bodySerializer: (body: unknown) => jsonText(body),
});

type Call = (path: string, init?: Readonly<Record<string, unknown>>) => Promise<Answer<unknown>>;

/** Has answers read here: the client itself would round whole numbers that a `number` cannot hold. */
function exactly(call: Call): Call {
  return async (path, init) => {
    if (init?.parseAs !== undefined) return await call(path, init);
    const answer = await call(path, { ...init, parseAs: "text" });
    return typeof answer.data === "string"
      ? { ...answer, data: answer.data ? parseJson(answer.data) : undefined }
      : answer;
  };
}

// What a path takes and gives is the schema's to say, whoever reads it.
const read = <T>(call: T): T => exactly(call as Call) as T;

export const api = {
  GET: read(client.GET),
  POST: read(client.POST),
  PUT: read(client.PUT),
  PATCH: read(client.PATCH),
  DELETE: read(client.DELETE),
};

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** Returns a call's data. Raises: ProblemError. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw problemOf(response, error);
  // An answer without a body (204) has the type `undefined` or `never` in the schema.
  return data as T;
}

/** Returns a call's data with its headers, for `ETag` and `Location`. Raises: ProblemError. */
export async function unwrapWithResponse<T>(answer: Promise<Answer<T>>): Promise<{ data: T; response: Response }> {
  const settled = await answer;
  return { data: await unwrap(Promise.resolve(settled)), response: settled.response };
}
