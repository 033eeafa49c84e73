import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { Textarea } from "@/ui/Textarea";
import { copy } from "./copy";
import type { ColumnType } from "./queries";

interface CellInputProps {
  readonly id?: string;
  readonly type: ColumnType;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly "aria-describedby"?: string | undefined;
  readonly "aria-invalid"?: boolean | undefined;
  readonly "aria-required"?: boolean | undefined;
}

const TRUTH = [
  { value: "", label: copy.isEmpty },
  { value: "true", label: copy.isTrue },
  { value: "false", label: copy.isFalse },
];

/** Where the value of one cell is written, by the type of its column. */
export function CellInput({ type, value, onChange, ...rest }: CellInputProps) {
  if (type === "boolean") return <Select {...rest} value={value} options={TRUTH} onChange={onChange} />;
  if (type === "json" || (type === "text" && (value.includes("\n") || value.length > 80)))
    return (
      <Textarea
        {...rest}
        className={type === "json" ? "font-mono" : ""}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  return (
    <Input
      {...rest}
      type="text"
      inputMode={type === "number" ? "decimal" : "text"}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
