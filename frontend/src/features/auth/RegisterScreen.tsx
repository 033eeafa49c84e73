import { Link, useNavigate, useSearchParams } from "react-router";
import { register } from "@/api";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { AuthPage } from "./AuthPage";
import { copy } from "./copy";
import { FormProblem } from "./FormProblem";
import { linkClass } from "./linkClass";
import { nextPage } from "./nextPage";
import { useSubmit } from "./useSubmit";

export function RegisterScreen() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const { isBusy, problem, onSubmit } = useSubmit(async ({ email = "", password = "", name = "" }) => {
    await register({ email, password, name });
    await navigate(nextPage(search), { replace: true });
  });
  return (
    <AuthPage
      title={copy.registerTitle}
      below={
        <>
          {copy.hasAccount}{" "}
          <Link className={linkClass} to={{ pathname: "/login", search: search.toString() }}>
            {copy.signIn}
          </Link>
        </>
      }
    >
      <form className="flex flex-col gap-4" onSubmit={onSubmit}>
        <Field label={copy.name} error={problem?.messageOf("name")}>
          <Input name="name" autoComplete="name" autoFocus maxLength={150} />
        </Field>
        <Field label={copy.email} error={problem?.messageOf("email")} isRequired>
          <Input name="email" type="email" required autoComplete="username" maxLength={254} />
        </Field>
        <Field label={copy.password} help={copy.passwordHelp} error={problem?.messageOf("password")} isRequired>
          <Input name="password" type="password" required minLength={10} maxLength={200} autoComplete="new-password" />
        </Field>
        <FormProblem problem={problem} />
        <Button type="submit" variant="primary" size="large" isBusy={isBusy}>
          {copy.register}
        </Button>
      </form>
    </AuthPage>
  );
}
