import { useState } from "react";
import type { Item } from "@/domain/definition";
import { jsonText, parseJson } from "@/domain/exactJson";
import { hasForbiddenKey, isObject } from "@/domain/json";
import { Button } from "@/ui/Button";
import { CodeEditor } from "@/ui/CodeEditor";
import { Dialog } from "@/ui/Dialog";
import { copy } from "./copy";

interface PinDialogProps {
  readonly items: readonly Item[];
  readonly onPin: (items: Item[]) => void;
  readonly onClose: () => void;
}

/** Returns the items that a text stands for: each entry of a list one, an object alone one; null: neither. */
function itemsOf(text: string): Item[] | null {
  try {
    const value: unknown = parseJson(text);
    const entries: unknown[] = Array.isArray(value) ? value : [value];
    if (!entries.every(isObject) || hasForbiddenKey(value)) return null;
    // Objects out of JSON hold JSON alone; whole items, as an output is copied, keep their files.
    return entries.map((entry) => (isObject(entry.json) ? entry : { json: entry })) as unknown as Item[];
  } catch {
    return null;
  }
}

/** Writes or pastes the items that a node hands on in runs from the editor. */
export function PinDialog({ items, onPin, onClose }: PinDialogProps) {
  const [text, setText] = useState(() =>
    jsonText(
      items.map((item) => item.json),
      2,
    ),
  );
  const [isTried, setIsTried] = useState(false);
  const made = itemsOf(text);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={copy.data.pinTitle}
      description={copy.data.pinDescription}
      size="medium"
      footer={
        <>
          <Button onClick={onClose}>{copy.data.cancel}</Button>
          <Button
            variant="primary"
            onClick={() => {
              setIsTried(true);
              if (made === null) return;
              onPin(made);
              onClose();
            }}
          >
            {copy.data.pinSave}
          </Button>
        </>
      }
    >
      <CodeEditor
        label={copy.data.pinItems}
        language="json"
        value={text}
        onChange={setText}
        className="max-h-[60dvh] min-h-60"
      />
      <p role="alert" className="mt-1 text-err text-meta empty:hidden">
        {isTried && made === null ? copy.data.pinInvalid : null}
      </p>
    </Dialog>
  );
}
