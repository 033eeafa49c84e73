import { useState } from "react";
import { asProblem, signIn, useSession } from "@/api";
import { FormProblem, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Checkbox } from "@/ui/Checkbox";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { copy } from "./copy";
import { changePassword } from "./queries";

/** Changes the password. All tokens end with the old one, so this page signs in again with the new one. */
export function PasswordCard() {
  const { user } = useSession();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const [revokes, setRevokes] = useState(false);
  const save = useAction(
    async () => {
      await changePassword({ current_password: current, new_password: fresh, revoke_keys: revokes });
      await signIn({ email: user?.email ?? "", password: fresh }).catch((failure: unknown) => {
        // A second factor is asked for by the dialog that every ended session gets.
        if (asProblem(failure).code !== "otp_required") throw failure;
      });
    },
    {
      refresh: ["second-factor", "keys"],
      isShown: true,
      done: copy.passwordSet,
      onDone: () => {
        setCurrent("");
        setFresh("");
      },
    },
  );
  return (
    <Card title={copy.password}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.run();
        }}
      >
        <p className="text-muted">{copy.passwordText}</p>
        <input type="hidden" name="username" autoComplete="username" value={user?.email ?? ""} readOnly />
        <Field label={copy.current} isRequired error={save.problem?.messageOf("current_password")}>
          <Input
            type="password"
            autoComplete="current-password"
            required
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        </Field>
        <Field label={copy.fresh} isRequired help={copy.freshHelp} error={save.problem?.messageOf("new_password")}>
          <Input
            type="password"
            autoComplete="new-password"
            required
            minLength={10}
            value={fresh}
            onChange={(event) => setFresh(event.target.value)}
          />
        </Field>
        <Checkbox label={copy.revokeKeys} checked={revokes} onChange={setRevokes} />
        <FormProblem problem={save.problem} fields={["current_password", "new_password"]} />
        <Button type="submit" variant="primary" className="self-start" isBusy={save.isBusy}>
          {copy.setPassword}
        </Button>
      </form>
    </Card>
  );
}
