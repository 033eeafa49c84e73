import { Link } from "react-router";
import { api, unwrap } from "@/api";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { AuthPage } from "./AuthPage";
import { copy } from "./copy";
import { FormProblem } from "./FormProblem";
import { linkClass } from "./linkClass";
import { useSubmit } from "./useSubmit";

export function ForgotScreen() {
  const { isBusy, isDone, problem, onSubmit } = useSubmit(({ email = "" }) =>
    unwrap(api.POST("/api/auth/password/forgot/", { body: { email } })),
  );
  return (
    <AuthPage
      title={copy.forgotTitle}
      below={
        <Link className={linkClass} to="/login">
          {copy.back}
        </Link>
      }
    >
      {isDone ? (
        <p role="status">{copy.sent}</p>
      ) : (
        <form className="flex flex-col gap-4" onSubmit={onSubmit}>
          <p className="text-muted">{copy.forgotText}</p>
          <Field label={copy.email} error={problem?.messageOf("email")}>
            <Input name="email" type="email" required autoComplete="username" autoFocus maxLength={254} />
          </Field>
          <FormProblem problem={problem} />
          <Button type="submit" variant="primary" size="large" isBusy={isBusy}>
            {copy.send}
          </Button>
        </form>
      )}
    </AuthPage>
  );
}
