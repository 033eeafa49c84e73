/** The one way to the server: typed by its OpenAPI, signed in, refreshed once when a token ran out. */
import createClient from "openapi-fetch";
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

export const api = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  credentials: "same-origin",
  fetch: authorizedFetch,
});

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
