import { Plus, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { jsonText } from "@/domain/exactJson";
import type { FieldModel } from "@/domain/form";
import { isForbiddenKey, isJsonObject, type Json, type JsonObject } from "@/domain/json";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { Input } from "@/ui/Input";
import { copy } from "../copy";
import { type ControlProps, shownValue } from "./controlProps";
import { focusLast } from "./focusLast";

interface DictRow {
  readonly id: number;
  readonly key: string;
  readonly value: Json;
}

function objectOf(rows: readonly DictRow[]): JsonObject {
  return Object.fromEntries(
    rows.filter((row) => row.key !== "" && !isForbiddenKey(row.key)).map((row) => [row.key, row.value]),
  );
}

/** Returns a pair's value as a field of its own; unlike a param it may be empty. */
function emptyAllowed(entry: FieldModel, key: string): FieldModel {
  const problems = entry.problems.filter((problem) => problem.code !== "required");
  return { ...entry, label: copy.form.valueOf(key), required: false, problems };
}

/** Pairs of key and value. A pair without a key stays here until it has one. */
export function DictControl(props: ControlProps) {
  const { field, onChange, renderField, isDisabled = false } = props;
  const box = useRef<HTMLDivElement>(null);
  const given = shownValue(field);
  const held = isJsonObject(given) ? given : {};
  const [rows, setRows] = useState<readonly DictRow[]>(() =>
    Object.entries(held).map(([key, value], id) => ({ id, key, value })),
  );
  const text = jsonText(held);
  const [known, setKnown] = useState(text);
  if (known !== text) {
    setKnown(text);
    // Values changed by their own controls, or all of it elsewhere: rows that are still there keep their place.
    if (jsonText(objectOf(rows)) !== text) {
      const open = rows.filter((row) => row.key === "" || Object.hasOwn(held, row.key));
      const keys = new Set(open.map((row) => row.key));
      const fresh = Object.keys(held).filter((key) => !keys.has(key));
      const next = Math.max(-1, ...rows.map((row) => row.id)) + 1;
      setRows([
        ...open.map((row) => ({ ...row, value: row.key === "" ? row.value : (held[row.key] ?? null) })),
        ...fresh.map((key, at) => ({ id: next + at, key, value: held[key] ?? null })),
      ]);
    }
  }
  const set = (next: readonly DictRow[]) => {
    setRows(next);
    const made = objectOf(next);
    if (jsonText(made) !== text) onChange(field.path, made, field.label);
  };
  const fields = new Map(field.rows.flat().map((entry) => [entry.name, entry]));
  return (
    // biome-ignore lint/a11y/useSemanticElements: the legend stands in the frame around it
    <div ref={box} id={props.id} role="group" aria-label={field.label} className="flex min-w-0 flex-col gap-2">
      {rows.map((row) => {
        const isTaken = row.key !== "" && rows.some((other) => other.id < row.id && other.key === row.key);
        const entry = isTaken ? undefined : fields.get(row.key);
        return (
          <div key={row.id} data-row className="flex min-w-0 items-start gap-1">
            <div className="min-w-0 flex-[2]">
              <Input
                aria-label={copy.form.key}
                placeholder={copy.form.key}
                value={row.key}
                disabled={isDisabled}
                aria-invalid={isTaken || undefined}
                onChange={({ target }) =>
                  set(rows.map((other) => (other.id === row.id ? { ...other, key: target.value } : other)))
                }
              />
              {isTaken ? <p className="text-err text-meta">{copy.form.keyTaken}</p> : null}
            </div>
            <div className="min-w-0 flex-[3]">
              {entry ? (
                renderField(emptyAllowed(entry, row.key), true)
              ) : (
                <Input aria-label={copy.form.value} placeholder={copy.form.value} disabled value="" />
              )}
            </div>
            <IconButton
              size="small"
              className="mt-1"
              label={copy.form.remove(row.key || copy.form.key)}
              icon={<Trash2 size={14} strokeWidth={1.75} />}
              disabled={isDisabled}
              onClick={() => set(rows.filter((other) => other.id !== row.id))}
            />
          </div>
        );
      })}
      {isDisabled ? null : (
        <Button
          size="small"
          className="self-start"
          icon={<Plus size={16} strokeWidth={1.75} />}
          aria-label={copy.form.addEntry(field.label)}
          onClick={() => {
            setRows([...rows, { id: Math.max(-1, ...rows.map((row) => row.id)) + 1, key: "", value: field.newRow }]);
            focusLast(box.current);
          }}
        >
          {copy.form.add}
        </Button>
      )}
    </div>
  );
}
