import { RotateCcw, SquareFunction, X } from "lucide-react";
import { IconButton } from "@/ui/IconButton";
import { copy } from "../copy";

interface FieldActionsProps {
  /** What taking the value away means; null: there is none, or it is needed. */
  readonly reset: "clear" | "default" | null;
  /** Whether an expression stands there; null: none can. */
  readonly expression: boolean | null;
  readonly onReset: () => void;
  readonly onExpression: () => void;
}

/** The small buttons beside a field's label. */
export function FieldActions({ reset, expression, onReset, onExpression }: FieldActionsProps) {
  return (
    <span data-field-actions className="flex opacity-60 focus-within:opacity-100 group-hover/field:opacity-100">
      {reset === null ? null : (
        <IconButton
          size="small"
          label={reset === "clear" ? copy.form.clear : copy.form.reset}
          icon={reset === "clear" ? <X size={14} strokeWidth={1.75} /> : <RotateCcw size={14} strokeWidth={1.75} />}
          onClick={onReset}
        />
      )}
      {expression === null ? null : (
        <IconButton
          size="small"
          label={expression ? copy.form.useValue : copy.form.useExpression}
          aria-pressed={expression}
          icon={<SquareFunction size={14} strokeWidth={1.75} />}
          onClick={onExpression}
        />
      )}
    </span>
  );
}
