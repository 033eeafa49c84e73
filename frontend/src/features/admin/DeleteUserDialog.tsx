import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { Checkbox } from "@/ui/Checkbox";
import { Combobox } from "@/ui/Combobox";
import { Field } from "@/ui/Field";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { copy } from "./copy";
import { type Account, deleteUser, useUsers } from "./queries";

interface DeleteUserDialogProps {
  readonly account: Account;
  readonly onClose: () => void;
}

const WAYS = [
  { value: "transfer", label: copy.workflowsGoOver },
  { value: "delete", label: copy.workflowsGo },
] as const;

/** Deletes an account, and says what becomes of its workflows. */
export function DeleteUserDialog({ account, onClose }: DeleteUserDialogProps) {
  const [workflows, setWorkflows] = useState<"transfer" | "delete">("transfer");
  const [to, setTo] = useState<string>();
  const [search, setSearch] = useState("");
  const [isSure, setIsSure] = useState(false);
  const others = (useUsers(search, 1).data?.results ?? []).filter(
    ({ id, is_active }) => id !== account.id && is_active,
  );
  const remove = useAction(deleteUser, { refresh: ["admin"], isShown: true, done: copy.userDeleted, onDone: onClose });
  return (
    <FormDialog
      title={copy.deleteUserTitle(account.email)}
      description={copy.deleteUserText}
      submitLabel={copy.deleteUser}
      isBusy={remove.isBusy}
      problem={remove.problem}
      fields={["to"]}
      onSubmit={() => {
        if (isSure) remove.run({ id: account.id, workflows, ...(workflows === "transfer" && to ? { to } : {}) });
      }}
      onClose={onClose}
    >
      <SegmentedControl label={copy.itsWorkflows} value={workflows} options={WAYS} onChange={setWorkflows} />
      {workflows === "transfer" ? (
        <Field label={copy.newOwner} isRequired error={remove.problem?.messageOf("to")}>
          <Combobox
            value={to}
            options={others.map(({ id, email }) => ({ value: id, label: email }))}
            onSearch={setSearch}
            onChange={setTo}
          />
        </Field>
      ) : null}
      <Checkbox label={copy.cannotUndo} checked={isSure} onChange={setIsSure} />
    </FormDialog>
  );
}
