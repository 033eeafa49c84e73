import { Maximize2 } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { insertReference } from "@/domain/expressions/insertion";
import { controlClass } from "@/ui/controlClass";
import { cx } from "@/ui/cx";
import { IconButton } from "@/ui/IconButton";
import { copy } from "./copy";
import { ExpressionEditor } from "./ExpressionEditor";
import { ExpressionText } from "./ExpressionText";
import { useInsertTarget } from "./insertTarget";
import { LargeEditor } from "./LargeEditor";
import { PreviewLine } from "./PreviewLine";
import { useExpressionScope } from "./scope";
import { usePreview } from "./usePreview";
import { unitAt } from "./wrongPart";

export interface ExpressionFieldProps {
  readonly id?: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  readonly isMultiline?: boolean;
  /** Opens with the cursor in it. */
  readonly isEditing?: boolean;
  readonly "aria-describedby"?: string | undefined;
  readonly "aria-invalid"?: boolean | undefined;
  readonly "aria-required"?: boolean | undefined;
}

/** A text that may hold `{{ }}`: tinted text, an editor while it is in use, its value below. */
export function ExpressionField(props: ExpressionFieldProps) {
  const { label, value, onChange, placeholder, isMultiline = false } = props;
  const ownId = useId();
  const id = props.id ?? ownId;
  const { sample } = useExpressionScope();
  const { data, isCurrent } = usePreview(value);
  const position = isCurrent ? (data?.error?.position ?? null) : null;
  const wrongAt = position === null ? null : unitAt(value, position);
  const cursor = useRef(value.length);
  const latest = useRef(props);
  const [isEditing, setIsEditing] = useState(props.isEditing ?? false);
  const [isLarge, setIsLarge] = useState(false);
  /** A new one makes the editor anew, with the cursor where it was left. */
  const [session, setSession] = useState(0);
  const { setTarget, leave } = useInsertTarget.getState();

  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => () => leave(id), [id, leave]);

  const begin = () => {
    setIsEditing(true);
    setTarget({
      id,
      label,
      insert: (reference) => {
        const made = insertReference(latest.current.value, cursor.current, reference);
        cursor.current = made.cursor;
        latest.current.onChange(made.text);
        setIsEditing(true);
        setSession((before) => before + 1);
      },
    });
  };

  const aria = { "aria-describedby": props["aria-describedby"], "aria-invalid": props["aria-invalid"] };
  const editor = {
    id,
    label,
    value,
    onChange,
    cursor,
    sample,
    wrongAt,
    ...aria,
    ...(placeholder ? { placeholder } : {}),
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notes that the field is in use
    <div className="group/expression relative flex min-w-0 flex-col gap-1" onFocus={isEditing ? begin : undefined}>
      {isEditing && !isLarge ? (
        <ExpressionEditor
          key={session}
          {...editor}
          isMultiline={isMultiline}
          onBlur={() => setIsEditing(false)}
          className="pr-8"
        />
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a real field could not tint its text
        <div
          id={id}
          role="textbox"
          tabIndex={0}
          aria-label={label}
          aria-multiline={isMultiline}
          aria-required={props["aria-required"]}
          {...aria}
          onFocus={begin}
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            event.preventDefault();
            const dropped = event.dataTransfer.getData("text/plain");
            if (dropped === "") return;
            onChange(value + dropped);
            cursor.current = value.length + dropped.length;
            begin();
          }}
          className={cx(
            controlClass,
            "cursor-text overflow-hidden whitespace-pre-wrap break-words py-1.25 pr-8 pl-2.5",
            isMultiline ? "max-h-40 min-h-16" : "max-h-20 min-h-8",
          )}
        >
          {value === "" ? (
            <span className="text-muted">{placeholder}</span>
          ) : (
            <ExpressionText text={value} wrongAt={wrongAt} />
          )}
        </div>
      )}
      <IconButton
        label={copy.expand}
        size="small"
        icon={<Maximize2 size={14} strokeWidth={1.75} />}
        onPointerDown={(event) => event.preventDefault()}
        onClick={() => setIsLarge(true)}
        className="absolute top-1 right-1 opacity-0 focus-visible:opacity-100 group-focus-within/expression:opacity-100 group-hover/expression:opacity-100 max-md:size-6"
      />
      <PreviewLine text={value} isSaid={props["aria-invalid"] === true} />
      {isLarge ? <LargeEditor {...editor} onClose={() => setIsLarge(false)} /> : null}
    </div>
  );
}
