import { Users } from "lucide-react";
import { useState } from "react";
import { IconButton } from "@/ui/IconButton";
import { copy } from "./copy";
import { LoadedShareDialog } from "./LoadedShareDialog";
import type { ShareDialogProps } from "./ShareDialog";

/** Opens the dialog that says who works on a workflow. */
export function ShareButton({ workflow }: Pick<ShareDialogProps, "workflow">) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <IconButton
        label={copy.share}
        icon={<Users size={16} strokeWidth={1.75} aria-hidden="true" />}
        onClick={() => setIsOpen(true)}
      />
      {isOpen ? <LoadedShareDialog workflow={workflow} onClose={() => setIsOpen(false)} /> : null}
    </>
  );
}
