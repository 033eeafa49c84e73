import { useState } from "react";
import { FormDialog, useAction, usePlans } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Switch } from "@/ui/Switch";
import { copy } from "./copy";
import { type Account, changeUser } from "./queries";
import { TierSelect } from "./TierSelect";

interface EditUserDialogProps {
  readonly account: Account;
  readonly isOwn: boolean;
  readonly onClose: () => void;
}

/** Changes what an account may do. */
export function EditUserDialog({ account, isOwn, onClose }: EditUserDialogProps) {
  const [tier, setTier] = useState(account.tier);
  const [credits, setCredits] = useState(String(account.credits));
  const [isActive, setIsActive] = useState(account.is_active);
  const [isStaff, setIsStaff] = useState(account.is_staff);
  const save = useAction(changeUser, { refresh: ["admin"], isShown: true, done: copy.saved, onDone: onClose });
  const { problem } = save;
  const hasPlans = usePlans();
  const rights = isOwn ? {} : { is_active: isActive, is_staff: isStaff };
  // Credits are spent while this dialog is open: only a number that was written here replaces them.
  const spent = credits === String(account.credits) ? {} : { credits: Number(credits) };
  return (
    <FormDialog
      title={copy.editUser}
      description={account.email}
      submitLabel={copy.save}
      isBusy={save.isBusy}
      problem={problem}
      fields={["tier", "credits"]}
      onSubmit={() => save.run({ id: account.id, tier, ...spent, ...rights })}
      onClose={onClose}
    >
      {hasPlans ? (
        <>
          <Field label={copy.tier} error={problem?.messageOf("tier")}>
            <TierSelect value={tier} onChange={setTier} />
          </Field>
          <Field label={copy.credits} error={problem?.messageOf("credits")}>
            <Input
              type="number"
              min={0}
              step={1}
              required
              value={credits}
              onChange={(event) => setCredits(event.target.value)}
            />
          </Field>
        </>
      ) : null}
      <Switch label={copy.isStaff} checked={isStaff} disabled={isOwn} onChange={setIsStaff} />
      <Switch label={copy.isActive} checked={isActive} disabled={isOwn} onChange={setIsActive} />
      <p className="text-meta text-muted">{isOwn ? copy.ownText : isActive ? "" : copy.inactiveText}</p>
    </FormDialog>
  );
}
