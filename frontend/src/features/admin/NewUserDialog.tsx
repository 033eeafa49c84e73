import { useState } from "react";
import { FormDialog, useAction, usePlans } from "@/features/screen";
import { Checkbox } from "@/ui/Checkbox";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { copy } from "./copy";
import { type Account, createUser } from "./queries";
import { TierSelect } from "./TierSelect";

interface NewUserDialogProps {
  readonly onClose: () => void;
  readonly onKey: (apiKey: string) => void;
}

/** Opens an account for somebody. */
export function NewUserDialog({ onClose, onKey }: NewUserDialogProps) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [tier, setTier] = useState<Account["tier"]>("free");
  const [isStaff, setIsStaff] = useState(false);
  const [hasKey, setHasKey] = useState(false);
  const create = useAction(createUser, {
    refresh: ["admin"],
    isShown: true,
    done: copy.created,
    onDone: ({ api_key }) => {
      onClose();
      if (api_key) onKey(api_key);
    },
  });
  const { problem } = create;
  const hasPlans = usePlans();
  return (
    <FormDialog
      title={copy.newUser}
      submitLabel={copy.createUser}
      isBusy={create.isBusy}
      problem={problem}
      fields={["email", "name", "password", "tier"]}
      onSubmit={() =>
        create.run({ email: email.trim(), name: name.trim(), password, tier, is_staff: isStaff, with_api_key: hasKey })
      }
      onClose={onClose}
    >
      <Field label={copy.email} isRequired error={problem?.messageOf("email")}>
        <Input type="email" required autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
      </Field>
      <Field label={copy.userName} error={problem?.messageOf("name")}>
        <Input value={name} maxLength={150} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={copy.password} help={copy.passwordHelp} isRequired error={problem?.messageOf("password")}>
        <Input
          type="password"
          autoComplete="new-password"
          required
          minLength={10}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      {hasPlans ? (
        <Field label={copy.tier} error={problem?.messageOf("tier")}>
          <TierSelect value={tier} onChange={setTier} />
        </Field>
      ) : null}
      <Checkbox label={copy.isStaff} checked={isStaff} onChange={setIsStaff} />
      <Checkbox label={copy.withKey} checked={hasKey} onChange={setHasKey} />
    </FormDialog>
  );
}
