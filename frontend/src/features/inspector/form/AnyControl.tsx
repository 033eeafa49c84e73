import { Braces, Type } from "lucide-react";
import { useState } from "react";
import { exactNumber, jsonText } from "@/domain/exactJson";
import type { Json } from "@/domain/json";
import { ExpressionField } from "@/features/expression";
import { IconButton } from "@/ui/IconButton";
import { Input } from "@/ui/Input";
import { copy } from "../copy";
import { ariaOf, type ControlProps, shownValue, storedText } from "./controlProps";
import { JsonControl } from "./JsonControl";

const LONG = 80;

/** Returns what a text means where a number or a boolean stood: the same kind of value, if it is one. */
function likeBefore(text: string, before: Json | undefined): Json {
  if (typeof before === "number" || typeof before === "bigint") return exactNumber(text) ?? text;
  if (typeof before === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/** Any value: a text, number or boolean as it is written, anything else as JSON. */
export function AnyControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const given = shownValue(field);
  const isLine = given === undefined || given === null || typeof given !== "object";
  const [isJson, setIsJson] = useState(!isLine);
  // Decided once: a field that grew lines while somebody writes would take the cursor.
  const [isMultiline] = useState(() => typeof given === "string" && (given.length > LONG || given.includes("\n")));
  const isShownAsJson = isJson || !isLine;
  const change = (text: string) => {
    const stored = storedText(field, text);
    onChange(field.path, stored === text ? likeBefore(text, given) : stored, field.label);
  };
  const shared = { ...ariaOf(props), value: given === undefined || given === null || !isLine ? "" : String(given) };
  const kind =
    typeof given === "boolean" ? "boolean" : typeof given === "number" || typeof given === "bigint" ? "number" : null;
  return (
    <div className="flex items-start gap-1">
      <div className="min-w-0 flex-1">
        {isShownAsJson ? (
          <JsonControl {...props} />
        ) : field.takesExpression && !isDisabled ? (
          <ExpressionField
            {...shared}
            label={field.label}
            placeholder={field.placeholder}
            isMultiline={isMultiline}
            onChange={change}
          />
        ) : (
          <Input {...shared} disabled={isDisabled} onChange={(event) => change(event.target.value)} />
        )}
        {kind && !isShownAsJson ? <p className="text-meta text-muted">{copy.form.asKind(kind)}</p> : null}
      </div>
      <IconButton
        size="small"
        className="mt-1"
        label={isShownAsJson ? copy.form.asText : copy.form.asJson}
        icon={isShownAsJson ? <Type size={14} strokeWidth={1.75} /> : <Braces size={14} strokeWidth={1.75} />}
        disabled={isDisabled}
        onClick={() => {
          setIsJson(!isShownAsJson);
          if (isShownAsJson && !isLine) onChange(field.path, jsonText(given), field.label);
        }}
      />
    </div>
  );
}
