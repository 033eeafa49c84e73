import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { JsonTree } from "@/ui/JsonTree";
import { copy } from "./copy";
import { ExpressionEditor } from "./ExpressionEditor";
import type { ExpressionEditorProps } from "./editorProps";
import { PreviewLine } from "./PreviewLine";

interface LargeEditorProps extends Omit<ExpressionEditorProps, "isMultiline"> {
  readonly onClose: () => void;
}

/** An expression field as a dialog, its input beside it. */
export function LargeEditor({ onClose, ...editor }: LargeEditorProps) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={editor.label}
      size="large"
      footer={
        <Button variant="primary" onClick={onClose}>
          {copy.done}
        </Button>
      }
    >
      <div className="grid min-h-80 gap-4 md:grid-cols-[3fr_4fr]">
        {editor.sample.json === undefined ? (
          <p className="text-muted">{copy.noData}</p>
        ) : (
          <JsonTree label={copy.input} value={editor.sample.json} className="max-h-120 rounded-control border" />
        )}
        <div className="flex min-w-0 flex-col gap-2">
          <ExpressionEditor {...editor} id={undefined} isMultiline isLarge />
          <PreviewLine text={editor.value} />
        </div>
      </div>
    </Dialog>
  );
}
