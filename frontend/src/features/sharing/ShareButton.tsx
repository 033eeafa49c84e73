import { Users } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { IconButton } from "@/ui/IconButton";
import { copy } from "./copy";

/** Comes with the first press of the button. */
const ShareDialog = lazy(async () => ({ default: (await import("./ShareDialog")).ShareDialog }));

interface ShareButtonProps {
  readonly workflow: { readonly id: string; readonly name: string };
}

/** Opens the dialog that says who works on a workflow. */
export function ShareButton({ workflow }: ShareButtonProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <IconButton
        label={copy.share}
        icon={<Users size={16} strokeWidth={1.75} aria-hidden="true" />}
        onClick={() => setIsOpen(true)}
      />
      {isOpen ? (
        <Suspense>
          <ShareDialog workflow={workflow} onClose={() => setIsOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
