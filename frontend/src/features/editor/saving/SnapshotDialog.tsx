import { useState } from "react";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { copy } from "../copy";
import { editorStore } from "../editorStore";
import { useSnapshot } from "../queries";

/** Names a version (⌘S). */
export function SnapshotDialog({ workflowId }: { readonly workflowId: string }) {
  const snapshot = useSnapshot(workflowId);
  const [name, setName] = useState("");
  const close = () => editorStore.setState({ isSnapshotOpen: false });
  return (
    <Dialog isOpen onClose={close} title={copy.snapshot.replace("…", "")} description={copy.snapshotHelp}>
      <form
        className="flex flex-col gap-3 pb-1"
        onSubmit={(event) => {
          event.preventDefault();
          snapshot.mutate(name.trim(), { onSuccess: close });
        }}
      >
        <Field label={copy.snapshotName}>
          <Input autoFocus type="text" maxLength={120} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Button type="submit" variant="primary" className="self-end" isBusy={snapshot.isPending}>
          {copy.snapshotSave}
        </Button>
      </form>
    </Dialog>
  );
}
