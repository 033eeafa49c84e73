import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { copy } from "./copy";
import { type ApiKey, changeKey, createKey } from "./queries";

interface KeyDialogProps {
  /** The key to change; without one a new key is made. */
  readonly apiKey?: ApiKey;
  readonly onClose: () => void;
  readonly onSecret?: (secret: string) => void;
}

/** Returns a moment as a field for local date and time takes it. */
function localOf(at: string | null): string {
  if (at === null) return "";
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Makes an API key, or changes its name and end. */
export function KeyDialog({ apiKey, onClose, onSecret }: KeyDialogProps) {
  const [name, setName] = useState(apiKey?.name ?? "");
  const [expires, setExpires] = useState(localOf(apiKey?.expires_at ?? null));
  const save = useAction<{ name: string; expires_at: string | null }, string | undefined>(
    async (given) => {
      if (apiKey) {
        await changeKey({ id: apiKey.id, ...given });
        return undefined;
      }
      return (await createKey(given)).key;
    },
    {
      refresh: ["keys"],
      isShown: true,
      onDone: (secret) => {
        onClose();
        if (secret) onSecret?.(secret);
      },
    },
  );
  return (
    <FormDialog
      title={apiKey ? copy.editKey : copy.newKey}
      submitLabel={apiKey ? copy.save : copy.createKey}
      isBusy={save.isBusy}
      problem={save.problem}
      fields={["name", "expires_at"]}
      onSubmit={() =>
        save.run({ name: name.trim(), expires_at: expires === "" ? null : new Date(expires).toISOString() })
      }
      onClose={onClose}
    >
      <Field label={copy.keyName} help={copy.keyNameHelp} isRequired error={save.problem?.messageOf("name")}>
        <Input value={name} required maxLength={100} autoFocus onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={copy.expires} help={copy.expiresHelp} error={save.problem?.messageOf("expires_at")}>
        <Input type="datetime-local" value={expires} onChange={(event) => setExpires(event.target.value)} />
      </Field>
    </FormDialog>
  );
}
