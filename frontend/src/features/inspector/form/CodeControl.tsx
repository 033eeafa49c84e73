import { Maximize2 } from "lucide-react";
import { useState } from "react";
import { Button } from "@/ui/Button";
import { CodeEditor } from "@/ui/CodeEditor";
import { Dialog } from "@/ui/Dialog";
import { IconButton } from "@/ui/IconButton";
import { copy } from "../copy";
import { type ControlProps, shownValue, storedText } from "./controlProps";

const LANGUAGES = ["python", "javascript", "json"] as const;

/** A program, with its language's colours. */
export function CodeControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const [isLarge, setIsLarge] = useState(false);
  const given = shownValue(field);
  const editor = {
    label: field.label,
    language: LANGUAGES.find((one) => one === field.language) ?? null,
    value: typeof given === "string" ? given : "",
    onChange: (text: string) => onChange(field.path, storedText(field, text), field.label),
    isReadOnly: isDisabled,
    "aria-describedby": props["aria-describedby"],
  };
  return (
    <div className="relative">
      {isLarge ? null : (
        <CodeEditor {...editor} {...(props.id ? { id: props.id } : {})} className="max-h-100 min-h-40" />
      )}
      <IconButton
        label={copy.form.large}
        size="small"
        icon={<Maximize2 size={14} strokeWidth={1.75} />}
        onClick={() => setIsLarge(true)}
        className="absolute top-1 right-1 bg-surface"
      />
      <Dialog
        isOpen={isLarge}
        onClose={() => setIsLarge(false)}
        title={field.label}
        size="full"
        footer={
          <Button variant="primary" onClick={() => setIsLarge(false)}>
            {copy.form.done}
          </Button>
        }
      >
        <CodeEditor {...editor} className="h-full min-h-60" />
      </Dialog>
    </div>
  );
}
