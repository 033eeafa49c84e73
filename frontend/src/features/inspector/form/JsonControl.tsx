import { useState } from "react";
import { jsonText, parseJson } from "@/domain/exactJson";
import { isExpression } from "@/domain/expression";
import { type Json, sameJson } from "@/domain/json";
import { CodeEditor } from "@/ui/CodeEditor";
import { copy } from "../copy";
import { type ControlProps, shownValue } from "./controlProps";

function parsed(text: string): { value: Json } | null {
  try {
    // Reading gives nothing but JSON.
    return { value: parseJson(text) as Json };
  } catch {
    return null;
  }
}

function written(value: Json | undefined): string {
  return value === undefined ? "" : jsonText(value, 2);
}

/** Any value, written as JSON. What is not valid yet stays here and is not stored. */
export function JsonControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const value = shownValue(field);
  const [text, setText] = useState(() => written(value));
  const [known, setKnown] = useState(value);
  if (!sameJson(known, value)) {
    setKnown(value);
    const mine = parsed(text);
    if (mine === null || !sameJson(mine.value, value)) setText(written(value));
  }
  const isBroken = text.trim() !== "" && parsed(text) === null;
  const change = (next: string) => {
    setText(next);
    const found = parsed(next);
    if (next.trim() === "") store(undefined);
    else if (found !== null) store(found.value);
    // A single expression makes the whole value.
    else if (field.takesExpression && isExpression(next) && /^\s*\{\{/.test(next)) store(next.trim());
  };
  const store = (next: Json | undefined) => {
    setKnown(next ?? field.default);
    onChange(field.path, next, field.label);
  };
  return (
    <div className="flex flex-col gap-1">
      <CodeEditor
        {...(props.id ? { id: props.id } : {})}
        label={field.label}
        language="json"
        value={text}
        onChange={change}
        isReadOnly={isDisabled}
        aria-describedby={props["aria-describedby"]}
        className="max-h-60 min-h-16"
      />
      {isBroken ? <p className="text-meta text-warn">{copy.form.notJson}</p> : null}
    </div>
  );
}
