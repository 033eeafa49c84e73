import { useState } from "react";
import { useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { toast } from "@/ui/toast";
import { copy } from "./copy";
import { cleanLetters } from "./queries";

/** Deletes dead letters that are past their time. */
export function CleanButton() {
  const [isAsking, setIsAsking] = useState(false);
  const clean = useAction<void, Awaited<ReturnType<typeof cleanLetters>>>(() => cleanLetters(), {
    refresh: ["admin"],
    onDone: ({ expired, deleted }) => {
      setIsAsking(false);
      toast({ kind: "ok", text: copy.cleaned(expired, deleted) });
    },
  });
  return (
    <>
      <Button onClick={() => setIsAsking(true)}>{copy.clean}</Button>
      <ConfirmDialog
        isOpen={isAsking}
        title={copy.cleanTitle}
        consequence={copy.cleanText}
        confirmLabel={copy.clean}
        isBusy={clean.isBusy}
        onConfirm={() => clean.run()}
        onClose={() => setIsAsking(false)}
      />
    </>
  );
}
