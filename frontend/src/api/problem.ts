/** What the server says when it refuses: RFC 9457 problem details. */
export interface FieldProblem {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

interface ProblemBody {
  readonly code?: unknown;
  readonly title?: unknown;
  readonly detail?: unknown;
  readonly request_id?: unknown;
  readonly errors?: unknown;
  readonly [member: string]: unknown;
}

const KNOWN = new Set(["type", "code", "title", "status", "detail", "instance", "request_id", "errors"]);
const UNREACHABLE = "unreachable";

/** A refused or failed call. Branch on `code`, show `title` and `detail`. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly errors: readonly FieldProblem[] = [],
    readonly request_id: string | null = null,
    /** Further members of the body, such as `revision` or `diagnostics`. */
    readonly extra: Readonly<Record<string, unknown>> = {},
    readonly retryAfterS: number | null = null,
  ) {
    super(detail || title);
  }

  /** Whether no answer came at all: the server or the network is away. */
  get isUnreachable(): boolean {
    return this.code === UNREACHABLE;
  }

  /** The messages of one field, for the place under it. */
  messageOf(field: string): string | undefined {
    const found = this.errors.filter((one) => one.field === field).map((one) => one.message);
    return found.length > 0 ? found.join(" ") : undefined;
  }
}

/** Returns the problem that a response carries; one without a readable body gets words of our own. */
export function problemOf(response: Response, body: unknown): ProblemError {
  const given: ProblemBody = isRecord(body) ? body : {};
  const extra = Object.fromEntries(Object.entries(given).filter(([name]) => !KNOWN.has(name)));
  return new ProblemError(
    response.status,
    text(given.code) ?? `http_${response.status}`,
    text(given.title) ?? "The server did not answer as expected",
    text(given.detail) ?? "",
    fieldProblems(given.errors),
    text(given.request_id) ?? response.headers.get("X-Request-ID"),
    extra,
    seconds(response.headers.get("Retry-After")),
  );
}

/** Returns the problem of a call that got no answer. */
export function unreachable(): ProblemError {
  return new ProblemError(
    0,
    UNREACHABLE,
    "The server cannot be reached",
    "Check the connection, or try again in a moment.",
  );
}

/** Returns anything that was thrown as a problem, so that one component can show it. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ProblemError(0, "unexpected", "Something went wrong on this page", detail);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function seconds(value: string | null): number | null {
  const number = value === null ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}

function fieldProblems(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((one) => ({
    field: text(one.field) ?? "",
    code: text(one.code) ?? "invalid",
    message: text(one.message) ?? "",
  }));
}
