import { useState } from "react";
import { exactNumber } from "@/domain/exactJson";
import { Input } from "@/ui/Input";
import { ariaOf, type ControlProps, shownValue } from "./controlProps";

const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i;

/** A number. What is no number yet stays as it was written, and is judged with the rest. */
export function NumberControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const value = shownValue(field);
  const given = value === undefined || value === null ? "" : String(value);
  const [text, setText] = useState(given);
  const [known, setKnown] = useState(given);
  if (known !== given) {
    // Changed elsewhere, by undo for example; "1." and "1" are the same while somebody writes.
    setKnown(given);
    if (exactNumber(text) !== exactNumber(given) || text.trim() === "" || given === "") setText(given);
  }
  const change = (next: string) => {
    setText(next);
    if (next.trim() === "") onChange(field.path, field.nullable ? null : undefined, field.label);
    else onChange(field.path, (NUMBER.test(next) ? exactNumber(next) : null) ?? next, field.label);
  };
  return (
    <Input
      {...ariaOf(props)}
      inputMode={field.control === "integer" ? "numeric" : "decimal"}
      autoComplete="off"
      disabled={isDisabled}
      placeholder={field.placeholder || undefined}
      value={text}
      onChange={(event) => change(event.target.value)}
      onKeyDown={(event) => {
        const step = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
        if (step === 0 || !NUMBER.test(text || "0")) return;
        event.preventDefault();
        const { min = -Infinity, max = Infinity } = field.bounds;
        const now = exactNumber(text || "0") ?? 0;
        const next = typeof now === "bigint" ? now + BigInt(step) : now + step;
        change(String(next < min ? min : next > max ? max : next));
      }}
    />
  );
}
