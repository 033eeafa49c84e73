import { useState } from "react";
import type { Json } from "@/domain/json";
import { Chip } from "@/ui/Chip";
import { controlClass } from "@/ui/controlClass";
import { cx } from "@/ui/cx";
import { copy } from "../copy";
import { ariaOf, type ControlProps, shownValue } from "./controlProps";

/** A list of texts or numbers: each a chip, a new one by Enter or comma. */
export function ChipsControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const [text, setText] = useState("");
  const given = shownValue(field);
  const values: Json[] = Array.isArray(given) ? given : [];
  const isNumeric = typeof field.newRow === "number";
  const set = (next: Json[]) => onChange(field.path, next, field.label);
  const take = (written: string) => {
    const parts = written
      .split(/[,\n]/)
      .map((part) => part.trim())
      .filter(Boolean);
    if (parts.length > 0)
      set([...values, ...parts.map((part) => (isNumeric && !Number.isNaN(Number(part)) ? Number(part) : part))]);
    setText("");
  };
  return (
    <div className={cx(controlClass, "flex min-h-8 flex-wrap items-center gap-1 p-1 focus-within:border-accent")}>
      {values.map((value, at) => (
        <Chip
          // biome-ignore lint/suspicious/noArrayIndexKey: the same value may stand there twice
          key={`${at}:${String(value)}`}
          removeLabel={copy.form.remove(String(value))}
          {...(isDisabled ? {} : { onRemove: () => set(values.filter((_, other) => other !== at)) })}
        >
          {String(value)}
        </Chip>
      ))}
      <input
        {...ariaOf(props)}
        value={text}
        disabled={isDisabled}
        placeholder={values.length === 0 ? field.placeholder || copy.form.addValue : ""}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => take(text)}
        onPaste={(event) => {
          const pasted = event.clipboardData.getData("text/plain");
          if (!/[,\n]/.test(pasted)) return;
          event.preventDefault();
          take(text + pasted);
        }}
        onKeyDown={(event) => {
          if ((event.key === "Enter" || event.key === ",") && text.trim() !== "") {
            event.preventDefault();
            take(text);
          } else if (event.key === "Backspace" && text === "" && values.length > 0) set(values.slice(0, -1));
        }}
        className="h-6 min-w-24 flex-1 bg-transparent px-1.5 text-ui outline-none placeholder:text-muted"
      />
    </div>
  );
}
