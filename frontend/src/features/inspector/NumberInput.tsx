import { useState } from "react";
import { Input } from "@/ui/Input";

interface NumberInputProps {
  readonly id?: string;
  readonly value: number | undefined;
  readonly placeholder?: string;
  readonly min: number;
  readonly max?: number;
  readonly isWhole?: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: (value: number | undefined) => void;
  readonly "aria-describedby"?: string | undefined;
  readonly "aria-invalid"?: boolean | undefined;
}

/** A number within bounds; what is no such number is not told. */
export function NumberInput({
  value,
  min,
  max = Infinity,
  isWhole = false,
  isDisabled = false,
  onChange,
  ...rest
}: NumberInputProps) {
  const [text, setText] = useState(value === undefined ? "" : String(value));
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    if (Number(text) !== value) setText(value === undefined ? "" : String(value));
  }
  const fits = (number: number) => number >= min && number <= max && (!isWhole || Number.isSafeInteger(number));
  const isWrong = text.trim() !== "" && !fits(Number(text));
  return (
    <Input
      {...rest}
      inputMode="decimal"
      autoComplete="off"
      disabled={isDisabled}
      value={text}
      aria-invalid={isWrong || rest["aria-invalid"]}
      onChange={({ target }) => {
        setText(target.value);
        const next = target.value.trim() === "" ? undefined : Number(target.value);
        if (next === undefined || fits(next)) onChange(next);
      }}
    />
  );
}
