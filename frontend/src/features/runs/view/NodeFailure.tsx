import type { components } from "@/api";
import { jsonText } from "@/domain/exactJson";
import { CopyButton } from "@/ui/CopyButton";
import { JsonTree } from "@/ui/JsonTree";
import { copy } from "../copy";
import { failingItem } from "./failingItem";

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryable?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface NodeFailureProps {
  readonly error: Failure;
  readonly attempts: readonly Pick<components["schemas"]["NodeAttempt"], "number" | "error">[];
}

/** Why a node failed: message, code, attempts, and what the other side said. */
export function NodeFailure({ error, attempts }: NodeFailureProps) {
  const { code, message, details = {} } = error;
  const item = failingItem(error);
  const tried = attempts.filter((one) => one.error !== null);
  return (
    <div role="alert" className="mx-4 mb-3 rounded-control border border-err/40 bg-err-tint px-3 py-2">
      <div className="flex items-start gap-2">
        <p className="min-w-0 flex-1 whitespace-pre-wrap break-words font-medium">{message}</p>
        <CopyButton label={copy.copyError} text={() => jsonText(error, 2)} />
      </div>
      <p className="text-meta text-muted">
        <code>{code}</code>
        {item === null ? null : ` · ${copy.failingItem(item + 1)}`}
        {error.retryable === true ? ` · ${copy.retryable}` : null}
        {` · ${copy.attempt(Math.max(1, tried.length))}`}
      </p>
      {Object.keys(details).length > 0 ? (
        <details className="mt-1">
          <summary className="cursor-pointer text-meta text-muted">{copy.details}</summary>
          <JsonTree label={copy.details} value={details} className="mt-1 max-h-60" />
        </details>
      ) : null}
      {tried.length > 1 ? (
        <details className="mt-1">
          <summary className="cursor-pointer text-meta text-muted">{copy.attempts(tried.length)}</summary>
          <ol className="mt-1 flex flex-col gap-1 text-meta">
            {tried.map((one) => (
              <li key={one.number} className="break-words">{`${one.number}. ${one.error?.message ?? ""}`}</li>
            ))}
          </ol>
        </details>
      ) : null}
    </div>
  );
}
