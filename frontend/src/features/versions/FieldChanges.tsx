import type { FieldChange } from "@/domain/diff";
import { jsonText } from "@/domain/exactJson";
import { diffLines } from "@/domain/textDiff";
import { cx } from "@/ui/cx";
import { copy } from "./copy";

const LONG = 80;

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined ? "" : jsonText(value, 2);
}

/** Fields with their value before and after; long texts as lines that came and went. */
export function FieldChanges({ changes }: { readonly changes: readonly FieldChange[] }) {
  return (
    <dl className="border-t">
      {changes.map(({ field, before, after }) => (
        <div key={field} className="flex flex-col gap-1 border-b px-4 py-2 last:border-0">
          <dt className="break-all font-mono text-meta text-muted">{field}</dt>
          <dd className="min-w-0">
            <Values before={before} after={after} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Values({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  const [old, now] = [textOf(before), textOf(after)];
  const isLong = old.includes("\n") || now.includes("\n") || old.length > LONG || now.length > LONG;
  const lines = isLong && before !== undefined && after !== undefined ? diffLines(old, now) : null;
  if (lines)
    return (
      <pre className="max-h-96 overflow-auto rounded-control bg-raised/60 py-1 font-mono text-meta">
        {lines.map(({ kind, text }, at) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name, and never move
            key={at}
            className={cx(
              "whitespace-pre-wrap break-words px-2",
              kind === "added" && "bg-ok-tint",
              kind === "removed" && "bg-err-tint",
            )}
          >
            {kind === "added" ? "+ " : kind === "removed" ? "− " : "  "}
            {text}
          </div>
        ))}
      </pre>
    );
  return (
    <div className="grid grid-cols-2 gap-2 max-md:grid-cols-1">
      <Value label={copy.was} value={before} text={old} tone="bg-err-tint" />
      <Value label={copy.is} value={after} text={now} tone="bg-ok-tint" />
    </div>
  );
}

interface ValueProps {
  readonly label: string;
  readonly value: unknown;
  readonly text: string;
  readonly tone: string;
}

function Value({ label, value, text, tone }: ValueProps) {
  return (
    <div className={cx("min-w-0 rounded-control px-2 py-1", tone)}>
      <span className="block text-meta text-muted">{label}</span>
      {value === undefined ? (
        <span className="text-muted italic">{copy.nothing}</span>
      ) : (
        <span className="whitespace-pre-wrap break-words font-mono text-meta">{text}</span>
      )}
    </div>
  );
}
