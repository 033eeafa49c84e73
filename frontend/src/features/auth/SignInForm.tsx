import { useState } from "react";
import { asProblem, signIn } from "@/api";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { copy } from "./copy";
import { FormProblem } from "./FormProblem";
import { useSubmit } from "./useSubmit";

interface SignInFormProps {
  /** Who was signed in; he cannot be changed then. */
  readonly email?: string | undefined;
  readonly onDone: () => void;
}

/** Email and password, and the code of a second factor once it is asked for. */
export function SignInForm({ email, onDone }: SignInFormProps) {
  const [needsCode, setNeedsCode] = useState(false);
  const { isBusy, problem, onSubmit } = useSubmit(async (fields) => {
    try {
      await signIn({ email: fields.email ?? email ?? "", password: fields.password ?? "", otp: fields.otp ?? "" });
    } catch (error) {
      if (asProblem(error).code === "otp_required" && !needsCode) return setNeedsCode(true);
      throw error;
    }
    onDone();
  });
  return (
    <form className="flex flex-col gap-4" onSubmit={onSubmit}>
      <Field label={copy.email} error={problem?.messageOf("email")}>
        <Input
          name="email"
          type="email"
          required
          autoComplete="username"
          {...(email ? { value: email, readOnly: true } : { autoFocus: true })}
        />
      </Field>
      <Field label={copy.password} error={problem?.messageOf("password")}>
        <Input name="password" type="password" required autoComplete="current-password" autoFocus={Boolean(email)} />
      </Field>
      {needsCode ? (
        <Field label={copy.code} help={copy.codeHelp} error={problem?.messageOf("otp")}>
          <Input name="otp" required autoFocus autoComplete="one-time-code" inputMode="text" maxLength={40} />
        </Field>
      ) : null}
      <FormProblem problem={problem} />
      <Button type="submit" variant="primary" size="large" isBusy={isBusy}>
        {copy.signIn}
      </Button>
    </form>
  );
}
