import { AlertDialog } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./Button";
import { copy } from "./copy";

interface ConfirmDialogProps {
  readonly isOpen: boolean;
  readonly title: string;
  /** What will happen, by name. */
  readonly consequence: ReactNode;
  /** The verb: "Delete workflow", never "OK". */
  readonly confirmLabel: string;
  readonly isDangerous?: boolean;
  readonly isBusy?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before what cannot be undone. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { isOpen, title, consequence, confirmLabel, isDangerous = true, isBusy = false, onConfirm, onClose } = props;
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 animate-fade bg-[rgb(0_0_0/40%)]" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100dvh-32px)] w-[calc(100vw-32px)] max-w-105 -translate-x-1/2 -translate-y-1/2 animate-fade flex-col gap-2 overflow-y-auto rounded-dialog border bg-surface p-5 shadow-high">
          <AlertDialog.Title className="break-words font-semibold text-panel">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="break-words text-muted">{consequence}</div>
          </AlertDialog.Description>
          <div className="mt-3 flex flex-wrap justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>{copy.cancel}</Button>
            </AlertDialog.Cancel>
            <Button variant={isDangerous ? "danger" : "primary"} isBusy={isBusy} onClick={onConfirm}>
              {confirmLabel}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
