import { useState } from "react";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { copy } from "./copy";
import { useArchiveMany, type WorkflowSummary } from "./queries";

interface ArchiveBarProps {
  readonly chosen: readonly WorkflowSummary[];
  readonly onDone: () => void;
}

/** Archives many workflows at once, after saying what that ends. */
export function ArchiveBar({ chosen, onDone }: ArchiveBarProps) {
  const [isAsking, setIsAsking] = useState(false);
  const { mutate, isPending } = useArchiveMany();
  const open = chosen.filter((workflow) => workflow.status !== "archived");
  const active = open.filter((workflow) => workflow.status === "active").map((workflow) => workflow.name);
  if (chosen.length === 0) return null;
  return (
    <div className="flex min-h-12 flex-wrap items-center gap-2 border-t bg-accent-tint px-6 py-2 max-md:px-4">
      <span role="status" className="flex-1 font-medium">
        {copy.selected(chosen.length)}
      </span>
      <Button size="small" disabled={open.length === 0} onClick={() => setIsAsking(true)}>
        {copy.archiveMany}
      </Button>
      <Button size="small" variant="ghost" onClick={onDone}>
        {copy.clearSelection}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        title={copy.archiveTitle(open.length)}
        consequence={copy.archiveText(active)}
        confirmLabel={copy.archive}
        isDangerous={active.length > 0}
        isBusy={isPending}
        onConfirm={() =>
          mutate(
            open.map((workflow) => workflow.id),
            {
              onSettled: () => {
                setIsAsking(false);
                onDone();
              },
            },
          )
        }
        onClose={() => setIsAsking(false)}
      />
    </div>
  );
}
