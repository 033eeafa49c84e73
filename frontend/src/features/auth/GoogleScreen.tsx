import { useLoaderData, useNavigate } from "react-router";
import { finishGoogle } from "@/api";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { AuthPage } from "./AuthPage";
import { recallNext } from "./arrival";
import { copy } from "./copy";
import { FormProblem } from "./FormProblem";
import { useSubmit } from "./useSubmit";

interface Brought {
  readonly code: string | null;
  readonly state: string | null;
}

/** Back from Google. The code comes along at once: what Google gave can be used only once. */
export function GoogleScreen() {
  const { code, state } = useLoaderData<Brought>();
  const navigate = useNavigate();
  const { isBusy, problem, onSubmit } = useSubmit(async ({ otp = "" }) => {
    await finishGoogle({ code: code ?? "", state: state ?? "", otp });
    await navigate(recallNext(), { replace: true });
  });
  return (
    <AuthPage title={copy.signInTitle}>
      <form className="flex flex-col gap-4" onSubmit={onSubmit}>
        <Field label={copy.code} help={copy.codeIfAny}>
          <Input name="otp" autoComplete="one-time-code" maxLength={40} />
        </Field>
        <FormProblem problem={problem} />
        <Button type="submit" variant="primary" size="large" isBusy={isBusy} autoFocus>
          {copy.signIn}
        </Button>
      </form>
    </AuthPage>
  );
}
