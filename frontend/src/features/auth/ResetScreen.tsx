import { useState } from "react";
import { Link, useLoaderData, useNavigate } from "react-router";
import { api, unwrap } from "@/api";
import { Button } from "@/ui/Button";
import { Checkbox } from "@/ui/Checkbox";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { toast } from "@/ui/toast";
import { AuthPage } from "./AuthPage";
import { copy } from "./copy";
import { FormProblem } from "./FormProblem";
import { linkClass } from "./linkClass";
import { useSubmit } from "./useSubmit";

export function ResetScreen() {
  const token = useLoaderData<string | null>();
  const navigate = useNavigate();
  const [revokes, setRevokes] = useState(true);
  const { isBusy, problem, onSubmit } = useSubmit(async ({ password = "" }) => {
    const body = { token: token ?? "", password, revoke_keys: revokes };
    await unwrap(api.POST("/api/auth/password/reset/", { body }));
    toast({ kind: "ok", text: copy.resetDone });
    await navigate("/login", { replace: true });
  });
  const missing = token === null ? copy.resetMissing : problem?.messageOf("token");
  return (
    <AuthPage
      title={copy.resetTitle}
      below={
        <Link className={linkClass} to={missing ? "/forgot" : "/login"}>
          {missing ? copy.forgotTitle : copy.back}
        </Link>
      }
    >
      <form className="flex flex-col gap-4" onSubmit={onSubmit}>
        <Field label={copy.newPassword} help={copy.passwordHelp} error={problem?.messageOf("password")}>
          <Input
            name="password"
            type="password"
            required
            minLength={10}
            maxLength={200}
            autoComplete="new-password"
            autoFocus
          />
        </Field>
        <Checkbox label={copy.revokeKeys} checked={revokes} onChange={setRevokes} />
        <FormProblem problem={problem} />
        {missing ? (
          <p role="alert" className="rounded-control bg-err-tint px-3 py-2">
            {missing}
          </p>
        ) : null}
        <Button type="submit" variant="primary" size="large" isBusy={isBusy} disabled={token === null}>
          {copy.reset}
        </Button>
      </form>
    </AuthPage>
  );
}
