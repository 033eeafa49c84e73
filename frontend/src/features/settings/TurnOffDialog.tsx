import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { copy } from "./copy";
import { endSecondFactor } from "./queries";

/** Turns the second factor off, with the password and a code of it. */
export function TurnOffDialog({ onClose }: { readonly onClose: () => void }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const end = useAction(endSecondFactor, { refresh: ["second-factor"], isShown: true, onDone: onClose });
  return (
    <FormDialog
      title={copy.turnOffTitle}
      description={copy.turnOffText}
      submitLabel={copy.turnOff}
      isBusy={end.isBusy}
      problem={end.problem}
      fields={["password", "code"]}
      onSubmit={() => end.run({ password, code: code.trim() })}
      onClose={onClose}
    >
      <Field label={copy.password} isRequired error={end.problem?.messageOf("password")}>
        <Input
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <Field label={copy.turnOffCode} isRequired error={end.problem?.messageOf("code")}>
        <Input
          value={code}
          required
          autoComplete="one-time-code"
          maxLength={40}
          onChange={(event) => setCode(event.target.value)}
        />
      </Field>
    </FormDialog>
  );
}
