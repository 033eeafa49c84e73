import type { ReactNode } from "react";
import { updateUser } from "@/api";
import { FormProblem, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { copy } from "./copy";
import { saveProfile } from "./queries";

interface ProfileFormProps {
  readonly title?: string;
  /** Fields that show their own problems. */
  readonly fields?: readonly string[];
  /** What is sent. */
  readonly onSave: () => Parameters<typeof saveProfile>[0];
  /** The fields; it is told what the server said of one. */
  readonly children: (messageOf: (field: string) => string | undefined) => ReactNode;
}

/** A card with settings of the account: one button saves them, what is refused stands at its field. */
export function ProfileForm({ title, fields = [], onSave, children }: ProfileFormProps) {
  const save = useAction(saveProfile, { refresh: [], isShown: true, done: copy.saved, onDone: updateUser });
  return (
    <Card {...(title ? { title } : {})}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.run(onSave());
        }}
      >
        {children((field) => save.problem?.messageOf(field))}
        <FormProblem problem={save.problem} fields={fields} />
        <Button type="submit" variant="primary" className="self-start" isBusy={save.isBusy}>
          {copy.save}
        </Button>
      </form>
    </Card>
  );
}
