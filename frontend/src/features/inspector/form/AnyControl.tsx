import { Braces, Type } from "lucide-react";
import { useState } from "react";
import { ExpressionField } from "@/features/expression";
import { IconButton } from "@/ui/IconButton";
import { Input } from "@/ui/Input";
import { copy } from "../copy";
import { ariaOf, type ControlProps, shownValue, storedText } from "./controlProps";
import { JsonControl } from "./JsonControl";

/** Any value: a text as it is written, anything else as JSON. */
export function AnyControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const given = shownValue(field);
  const isText = given === undefined || given === null || typeof given === "string";
  const [isJson, setIsJson] = useState(!isText);
  const isShownAsJson = isJson || !isText;
  const change = (text: string) => onChange(field.path, storedText(field, text), field.label);
  const shared = { ...ariaOf(props), value: typeof given === "string" ? given : "" };
  return (
    <div className="flex items-start gap-1">
      <div className="min-w-0 flex-1">
        {isShownAsJson ? (
          <JsonControl {...props} />
        ) : field.takesExpression && !isDisabled ? (
          <ExpressionField {...shared} label={field.label} placeholder={field.placeholder} onChange={change} />
        ) : (
          <Input {...shared} disabled={isDisabled} onChange={(event) => change(event.target.value)} />
        )}
      </div>
      <IconButton
        size="small"
        className="mt-1"
        label={isShownAsJson ? copy.form.asText : copy.form.asJson}
        icon={isShownAsJson ? <Type size={14} strokeWidth={1.75} /> : <Braces size={14} strokeWidth={1.75} />}
        disabled={isDisabled}
        onClick={() => {
          setIsJson(!isShownAsJson);
          if (!isText) onChange(field.path, JSON.stringify(given), field.label);
        }}
      />
    </div>
  );
}
