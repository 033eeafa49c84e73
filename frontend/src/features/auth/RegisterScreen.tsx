import { Link, useLoaderData, useNavigate, useSearchParams } from "react-router";
import { register } from "@/api";
import { useSignInOptions } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { AuthPage } from "./AuthPage";
import { copy } from "./copy";
import { FormProblem } from "./FormProblem";
import { linkClass } from "./linkClass";
import { nextPage } from "./nextPage";
import { useSubmit } from "./useSubmit";

/** Opens an account, where that is allowed; by the link of a new installation its first one. */
export function RegisterScreen() {
  const setup = useLoaderData<string | null>() ?? "";
  const mode = useSignInOptions().data?.registration_mode ?? "open";
  const isClosed = mode === "closed" && setup === "";
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const { isBusy, problem, onSubmit } = useSubmit(async ({ email = "", password = "", name = "" }) => {
    await register({ email, password, name, setup });
    await navigate(nextPage(search), { replace: true });
  });
  return (
    <AuthPage
      title={setup ? copy.setupTitle : copy.registerTitle}
      below={
        <>
          {copy.hasAccount}{" "}
          <Link className={linkClass} to={{ pathname: "/login", search: search.toString() }}>
            {copy.signIn}
          </Link>
        </>
      }
    >
      {setup || mode !== "open" ? (
        <p className="text-muted">{setup ? copy.setupText : isClosed ? copy.closed : copy.byInvitation}</p>
      ) : null}
      <form className="flex flex-col gap-4" hidden={isClosed} onSubmit={onSubmit}>
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
