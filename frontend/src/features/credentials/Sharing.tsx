import { useState } from "react";
import { FormProblem, Loaded, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { shareWith, stopSharing, useShares } from "./queries";

/** Who else may use a credential. */
export function Sharing({ id }: { readonly id: string }) {
  const shares = useShares(id);
  const [email, setEmail] = useState("");
  const [leaving, setLeaving] = useState<{ readonly user_id: string; readonly email: string }>();
  const add = useAction((to: string) => shareWith(id, to), {
    refresh: ["credentials"],
    isShown: true,
    onDone: () => setEmail(""),
  });
  const takeBack = useAction((userId: string) => stopSharing(id, userId), {
    refresh: ["credentials"],
    onDone: () => setLeaving(undefined),
  });
  return (
    <div className="flex flex-col gap-5">
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          add.run(email.trim());
        }}
      >
        <div className="flex items-end gap-2">
          <div className="min-w-0 max-w-90 flex-1">
            <Field label={copy.shareLabel} error={add.problem?.messageOf("email")}>
              <Input type="email" required value={email} onChange={(event) => setEmail(event.target.value)} />
            </Field>
          </div>
          <Button type="submit" variant="primary" isBusy={add.isBusy}>
            {copy.share}
          </Button>
        </div>
        <p className="text-meta text-muted">{copy.shareText}</p>
        <FormProblem problem={add.problem} fields={["email"]} />
      </form>
      <Loaded query={shares}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="text-muted">{copy.nobody}</p>
          ) : (
            <ul className="divide-y divide-line rounded-node border bg-surface">
              {rows.map((row) => (
                <li key={row.user_id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
                  <span className="min-w-0 flex-1 truncate font-medium">{row.email || row.user_id}</span>
                  <span className="text-meta text-muted">
                    {copy.sharedSince} <Time at={row.created_at} />
                  </span>
                  <Button
                    size="small"
                    variant="ghost"
                    aria-label={copy.takeBack(row.email)}
                    onClick={() => setLeaving(row)}
                  >
                    {copy.stopSharing}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <ConfirmDialog
        isOpen={leaving !== undefined}
        title={copy.takeBackTitle(leaving?.email ?? "")}
        consequence={copy.takeBackText}
        confirmLabel={copy.stopSharing}
        isBusy={takeBack.isBusy}
        onConfirm={() => leaving && takeBack.run(leaving.user_id)}
        onClose={() => setLeaving(undefined)}
      />
    </div>
  );
}
