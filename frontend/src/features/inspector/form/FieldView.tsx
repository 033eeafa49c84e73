import { type KeyboardEvent, useRef, useState } from "react";
import { jsonText } from "@/domain/exactJson";
import type { FieldModel } from "@/domain/form";
import { ExpressionField } from "@/features/expression";
import { Field } from "@/ui/Field";
import { BareField } from "./BareField";
import type { ControlProps } from "./controlProps";
import { FieldActions } from "./FieldActions";
import { GroupField } from "./GroupField";
import { COMPOSED, registry, TEXTUAL } from "./registry";

interface FieldViewProps extends Pick<ControlProps, "field" | "onChange" | "renderField" | "isDisabled"> {
  readonly isBare?: boolean;
}

function isDefaultEmpty(field: FieldModel): boolean {
  return field.default === undefined || field.default === null;
}

function begun(field: FieldModel): string {
  const { value } = field;
  if (value === undefined || value === null || typeof value === "object") return "{{  }}";
  return `{{ ${jsonText(value)} }}`;
}

/** A field of a form: its label, its control or an expression instead of it, what is wrong, its help. */
export function FieldView({ field, onChange, renderField, isDisabled = false, isBare = false }: FieldViewProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const braces = useRef(0);
  const canExpress = field.takesExpression && !TEXTUAL.has(field.control) && !isDisabled;
  const isExpressed = canExpress && (draft !== null || field.isExpression);
  // Two braces in any control begin an expression, as they do in a text.
  const onKeyDown = (event: KeyboardEvent) => {
    if (!canExpress || isExpressed || COMPOSED.has(field.control) || ["json", "code"].includes(field.control)) return;
    if (event.key !== "{") {
      if (event.key !== "Shift" && event.key !== "AltGraph") braces.current = 0;
      return;
    }
    braces.current += 1;
    if (["number", "integer"].includes(field.control)) event.preventDefault(); // it is no part of a number
    if (braces.current < 2) return;
    event.preventDefault();
    braces.current = 0;
    setDraft("{{  }}");
  };
  const error = field.problems.filter((problem) => problem.severity === "error").map((problem) => problem.message);
  const warning = field.problems.filter((problem) => problem.severity === "warning").map((problem) => problem.message);
  const canReset = field.isSet && !isBare && !field.required && !isDisabled;
  const action = (
    <FieldActions
      reset={canReset ? (isDefaultEmpty(field) ? "clear" : "default") : null}
      expression={canExpress ? isExpressed : null}
      onReset={() => {
        setDraft(null);
        onChange(field.path, undefined, field.label);
      }}
      onExpression={() => {
        if (!isExpressed) return setDraft(begun(field));
        setDraft(null);
        if (field.isExpression) onChange(field.path, undefined, field.label);
      }}
    />
  );
  const Control = registry[field.control];
  const frame = {
    label: field.label,
    help: field.help || undefined,
    isRequired: field.required,
    action,
    ...(error.length > 0 ? { error: error.join(" ") } : {}),
  };
  const control = isExpressed ? (
    <ExpressionField
      label={field.label}
      value={field.isExpression || draft === null ? String(field.value ?? "") : draft}
      isEditing={draft !== null}
      onChange={(text) => {
        setDraft(text);
        onChange(field.path, text === "" ? undefined : text, field.label);
      }}
    />
  ) : (
    <Control field={field} onChange={onChange} renderField={renderField} isDisabled={isDisabled} />
  );
  const Frame = isBare ? BareField : COMPOSED.has(field.control) && !isExpressed ? GroupField : Field;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it listens for two braces that are written inside
    <div
      data-param={field.path.join(".")}
      data-field={`params.${field.path.join(".")}`}
      data-required={field.required || undefined}
      className="group/field min-w-0"
      onKeyDown={onKeyDown}
    >
      <Frame {...frame}>{control}</Frame>
      {warning.length > 0 ? <p className="mt-1 text-meta text-warn">{warning.join(" ")}</p> : null}
    </div>
  );
}
