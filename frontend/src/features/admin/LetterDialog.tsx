import { useState } from "react";
import { jsonText } from "@/domain/exactJson";
import { FormProblem, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Dialog } from "@/ui/Dialog";
import { copy } from "./copy";
import { type DeadLetter, deleteLetter, resolveLetter, retryLetter } from "./queries";

interface LetterDialogProps {
  readonly letter: DeadLetter;
  readonly onClose: () => void;
}

/** One dead letter: what was to be done, why it failed, and what to do about it. */
export function LetterDialog({ letter, onClose }: LetterDialogProps) {
  const { id, task_name, exception, traceback, args, kwargs, status } = letter;
  const [isRemoving, setIsRemoving] = useState(false);
  const shared = { refresh: ["admin"], onDone: onClose, isShown: true };
  const retry = useAction(retryLetter, { ...shared, done: copy.retried });
  const resolve = useAction(resolveLetter, { ...shared, done: copy.resolved });
  const remove = useAction(deleteLetter, shared);
  const isOpen = status === "pending" || status === "retrying";
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={task_name}
      size="large"
      footer={
        <>
          <Button onClick={() => setIsRemoving(true)}>{copy.remove}</Button>
          {isOpen ? (
            <>
              <Button isBusy={resolve.isBusy} onClick={() => resolve.run(id)}>
                {copy.resolve}
              </Button>
              <Button variant="primary" isBusy={retry.isBusy} onClick={() => retry.run(id)}>
                {copy.retry}
              </Button>
            </>
          ) : null}
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="whitespace-pre-wrap break-words rounded-control bg-err-tint px-3 py-2">{exception}</p>
        <h3 className="font-medium">{copy.arguments}</h3>
        <pre className="max-h-48 overflow-auto rounded-control bg-raised p-3 font-mono text-meta">
          {jsonText({ args, kwargs }, 2)}
        </pre>
        <h3 className="font-medium">{copy.traceback}</h3>
        <pre className="max-h-72 overflow-auto rounded-control bg-raised p-3 font-mono text-meta">
          {traceback || "–"}
        </pre>
        <FormProblem problem={retry.problem ?? resolve.problem ?? remove.problem} />
      </div>
      <ConfirmDialog
        isOpen={isRemoving}
        title={copy.removeTitle}
        consequence={copy.removeText}
        confirmLabel={copy.removeLetter}
        isBusy={remove.isBusy}
        onConfirm={() => remove.run(id)}
        onClose={() => setIsRemoving(false)}
      />
    </Dialog>
  );
}
