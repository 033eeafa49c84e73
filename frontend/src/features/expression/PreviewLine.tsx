import { ChevronRight, CircleAlert } from "lucide-react";
import { useState } from "react";
import { jsonText } from "@/domain/exactJson";
import { isExpression } from "@/domain/expression";
import { missingKey } from "@/domain/expressions/missing";
import { cx } from "@/ui/cx";
import { copy } from "./copy";
import type { Preview } from "./previewBatch";
import { useExpressionScope } from "./scope";
import { usePreview } from "./usePreview";

interface PreviewLineProps {
  readonly id?: string;
  readonly text: string;
  /** What is wrong with the text already stands beside the field. */
  readonly isSaid?: boolean;
}

/** As much of a value as a line shows, and as much as is shown when it is opened. */
const LINE = 200;
const WHOLE = 20_000;

function asText(value: unknown, most: number): string {
  const text = typeof value === "string" ? value : (jsonText(value, 2) ?? copy.undefinedValue);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function isNothing(preview: Preview): boolean {
  return preview.type === "undefined" || (preview.value === null && preview.type === "null");
}

/** One line under an expression field: its value on the chosen item, or why there is none. */
export function PreviewLine({ id, text, isSaid = false }: PreviewLineProps) {
  const { sample, isReal, preview: context } = useExpressionScope();
  const { data, isPlaceholderData } = usePreview(text);
  const [isOpen, setIsOpen] = useState(false);
  if (!isExpression(text)) return null;
  const readsData = /\$(json|input|node|binary|\()/.test(text);
  if (context === null || (!isReal && readsData && !data?.error))
    return <p className="text-meta text-muted">{copy.noData}</p>;
  if (data === undefined) return <p className="h-4 text-meta text-muted">{copy.evaluating}</p>;
  if (isSaid && data.error?.code === "expression_syntax") return null;
  const missing = isReal ? missingKey(text, sample) : null;
  const isUndefined = isNothing(data) && missing !== null;
  const hint =
    missing === null
      ? null
      : missing.nearest === null
        ? copy.missing(missing.key)
        : copy.didYouMean(missing.key, missing.nearest);
  return (
    <div id={id} aria-live="polite" className={cx("min-w-0 text-meta", isPlaceholderData && "opacity-60")}>
      {data.error ? (
        <p className="flex items-start gap-1 text-err">
          <CircleAlert aria-hidden="true" size={14} strokeWidth={1.75} className="mt-px shrink-0" />
          <span className="min-w-0 break-words">
            {data.error.position === null
              ? data.error.message
              : copy.atColumn(data.error.message, data.error.position + 1)}
          </span>
        </p>
      ) : (
        <button
          type="button"
          aria-expanded={isOpen}
          title={copy.showWhole}
          onClick={() => setIsOpen(!isOpen)}
          className="flex w-full min-w-0 items-start gap-1 rounded-control text-left"
        >
          <ChevronRight
            aria-hidden="true"
            size={14}
            className={cx("mt-px shrink-0 text-muted", isOpen && "rotate-90")}
          />
          <span
            className={cx(
              "min-w-0 flex-1 font-mono",
              isOpen ? "max-h-60 overflow-auto whitespace-pre-wrap break-words" : "truncate",
              isNothing(data) ? "text-warn" : "text-ok",
            )}
          >
            {isUndefined ? copy.undefinedValue : asText(data.value, isOpen ? WHOLE : LINE)}
          </span>
          {isUndefined ? null : <span className="shrink-0 text-muted">{data.type}</span>}
        </button>
      )}
      {hint ? <p className="text-warn">{hint}</p> : null}
    </div>
  );
}
