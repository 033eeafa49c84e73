import { useAction } from "@/features/screen";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { copy } from "./copy";
import { leave } from "./queries";

interface LeaveDialogProps {
  readonly workflow: { readonly id: string; readonly name: string };
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Where the workflow itself was shown, which is gone now. */
  readonly onLeft?: () => void;
}

/** Asks before somebody gives up his role on a workflow. */
export function LeaveDialog({ workflow, isOpen, onClose, onLeft }: LeaveDialogProps) {
  const go = useAction(() => leave(workflow.id), {
    refresh: ["workflows"],
    done: copy.left,
    onDone: () => {
      onClose();
      onLeft?.();
    },
  });
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={copy.leaveTitle(workflow.name)}
      consequence={copy.leaveText}
      confirmLabel={copy.leave}
      isBusy={go.isBusy}
      onConfirm={() => go.run()}
      onClose={onClose}
    />
  );
}
