import { Plus } from "lucide-react";
import { useRef, useState } from "react";
import type { Json } from "@/domain/json";
import { Button } from "@/ui/Button";
import { copy } from "../copy";
import { type ControlProps, shownValue } from "./controlProps";
import { FieldList } from "./FieldList";
import { focusLast } from "./focusLast";
import { RowFrame } from "./RowFrame";

function moved<Entry>(entries: readonly Entry[], from: number, to: number): Entry[] {
  const made = [...entries];
  const [entry] = made.splice(from, 1);
  if (entry !== undefined) made.splice(to, 0, entry);
  return made;
}

/** A list of objects: each a row that can be moved and taken away. */
export function RowsControl(props: ControlProps) {
  const { field, onChange, renderField, isDisabled = false } = props;
  const box = useRef<HTMLDivElement>(null);
  const given = shownValue(field);
  const values: Json[] = Array.isArray(given) ? given : [];
  // Rows keep their state (what is open, where the cursor stands) when they move.
  const [keys, setKeys] = useState<readonly number[]>(() => values.map((_, at) => at));
  const known = values.map((_, at) => keys[at] ?? at + 1000);
  const set = (next: Json[], nextKeys: readonly number[]) => {
    setKeys(nextKeys);
    onChange(field.path, next, field.label);
  };
  const most = field.bounds.maxItems ?? Number.POSITIVE_INFINITY;
  return (
    // biome-ignore lint/a11y/useSemanticElements: the legend stands in the frame around it
    <div
      ref={box}
      id={props.id}
      role="group"
      aria-label={field.label}
      aria-describedby={props["aria-describedby"]}
      className="flex min-w-0 flex-col gap-2"
    >
      {values.map((_, at) => (
        <RowFrame
          key={known[at]}
          label={copy.form.entry(field.entryLabel ?? field.label, at + 1)}
          isFirst={at === 0}
          isLast={at === values.length - 1}
          isDisabled={isDisabled}
          onMove={(by) => set(moved(values, at, at + by), moved(known, at, at + by))}
          onDrop={(from) => set(moved(values, from, at), moved(known, from, at))}
          place={at}
          group={field.path.join(".")}
          onRemove={() =>
            set(
              values.filter((_, other) => other !== at),
              known.filter((_, other) => other !== at),
            )
          }
        >
          <FieldList fields={field.rows[at] ?? []} renderField={renderField} />
        </RowFrame>
      ))}
      {isDisabled || values.length >= most ? null : (
        <Button
          size="small"
          className="self-start"
          icon={<Plus size={16} strokeWidth={1.75} />}
          aria-label={copy.form.addEntry(field.label)}
          onClick={() => {
            set([...values, field.newRow], [...known, Math.max(-1, ...known) + 1]);
            focusLast(box.current);
          }}
        >
          {copy.form.add}
        </Button>
      )}
    </div>
  );
}
