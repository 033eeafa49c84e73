import type { ReactNode } from "react";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Dialog } from "@/ui/Dialog";

interface SecretDialogProps {
  readonly title: string;
  /** What to do with it now. */
  readonly text: ReactNode;
  readonly secret: string;
  readonly onClose: () => void;
}

/** Shows a secret once; closing it needs the button, not a click beside it. */
export function SecretDialog({ title, text, secret, onClose }: SecretDialogProps) {
  return (
    <Dialog
      isOpen
      isModalOnly
      onClose={onClose}
      title={title}
      description={text}
      footer={
        <Button variant="primary" onClick={onClose}>
          I have stored it
        </Button>
      }
    >
      <div className="flex items-start gap-2 rounded-control bg-raised p-3">
        <code className="min-w-0 flex-1 whitespace-pre-wrap break-all font-mono text-meta">{secret}</code>
        <CopyButton text={secret} hasText />
      </div>
    </Dialog>
  );
}
