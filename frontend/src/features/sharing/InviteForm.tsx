import { useState } from "react";
import { FormProblem, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { copy } from "./copy";
import { GRANTED, type GrantedRole, invite } from "./queries";

const OPTIONS = GRANTED.map((value) => ({ value, label: copy.roles[value] }));

/** Invites somebody by e-mail address. */
export function InviteForm({ workflowId }: { readonly workflowId: string }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<GrantedRole>("viewer");
  const add = useAction((to: string) => invite(workflowId, { email: to, role }), {
    refresh: ["collaborators"],
    isShown: true,
    onDone: () => setEmail(""),
  });
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        add.run(email.trim());
      }}
    >
      <div className="flex flex-wrap items-end gap-2">
        <div className="min-w-48 flex-1">
          <Field label={copy.email} error={add.problem?.messageOf("email")}>
            <Input type="email" required value={email} onChange={(event) => setEmail(event.target.value)} />
          </Field>
        </div>
        <div className="w-32">
          <Field label={copy.role}>
            <Select value={role} options={OPTIONS} onChange={setRole} />
          </Field>
        </div>
        <Button type="submit" variant="primary" isBusy={add.isBusy}>
          {copy.invite}
        </Button>
      </div>
      <p className="text-meta text-muted">
        {`${copy.roles[role]}: ${copy.can[role]}.`} {role === "editor" ? copy.editorUses : ""}
      </p>
      <FormProblem problem={add.problem} fields={["email"]} />
    </form>
  );
}
