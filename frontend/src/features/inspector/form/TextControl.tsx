import { ExpressionField } from "@/features/expression";
import { Input } from "@/ui/Input";
import { Textarea } from "@/ui/Textarea";
import { ariaOf, type ControlProps, shownValue, storedText } from "./controlProps";

const TYPES: Readonly<Record<string, string>> = { uri: "url", email: "email" };

/** One line or more of text, a URL, an e-mail address. */
export function TextControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const given = shownValue(field);
  const value = typeof given === "string" ? given : given === undefined || given === null ? "" : String(given);
  const change = (text: string) => onChange(field.path, storedText(field, text), field.label);
  const isMultiline = field.control === "multiline";
  const placeholder = field.placeholder ? { placeholder: field.placeholder } : {};
  if (field.takesExpression && !isDisabled) {
    return (
      <ExpressionField
        {...ariaOf(props)}
        {...placeholder}
        label={field.label}
        value={value}
        onChange={change}
        isMultiline={isMultiline}
      />
    );
  }
  const shared = { ...ariaOf(props), ...placeholder, value, disabled: isDisabled };
  if (isMultiline) return <Textarea {...shared} onChange={(event) => change(event.target.value)} />;
  return (
    <Input
      {...shared}
      type={TYPES[field.control] ?? "text"}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => change(event.target.value)}
    />
  );
}
