import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { CopyButton } from "@/ui/CopyButton";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { copy } from "./copy";
import { confirmSecondFactor } from "./queries";

interface SecondFactorSetUpProps {
  readonly begun: { readonly secret: string; readonly otpauth_url: string };
  readonly onClose: () => void;
  readonly onDone: (recoveryCodes: readonly string[]) => void;
}

/** Shows the key for the app and takes its first code. */
export function SecondFactorSetUp({ begun, onClose, onDone }: SecondFactorSetUpProps) {
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const confirm = useAction(confirmSecondFactor, {
    refresh: ["second-factor"],
    isShown: true,
    onDone: ({ recovery_codes }) => onDone(recovery_codes),
  });
  return (
    <FormDialog
      title={copy.setUp}
      description={copy.setUpText}
      submitLabel={copy.confirm}
      isBusy={confirm.isBusy}
      problem={confirm.problem}
      fields={["code", "password"]}
      onSubmit={() => confirm.run({ code: code.trim(), password })}
      onClose={onClose}
    >
      <Field label={copy.setUpKey}>
        <output className="block rounded-control bg-raised px-3 py-2 font-mono">
          {begun.secret.replace(/(.{4})(?=.)/g, "$1 ")}
        </output>
      </Field>
      <div className="flex flex-wrap items-center gap-3">
        <CopyButton text={begun.secret} hasText />
        <a className="text-accent hover:underline" href={begun.otpauth_url}>
          {copy.openApp}
        </a>
      </div>
      <Field label={copy.code} isRequired error={confirm.problem?.messageOf("code")}>
        <Input
          value={code}
          required
          autoFocus
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={10}
          onChange={(event) => setCode(event.target.value)}
        />
      </Field>
      <Field label={copy.password} help={copy.factorPassword} error={confirm.problem?.messageOf("password")}>
        <Input
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
    </FormDialog>
  );
}
