import { useState } from "react";
import { useSession } from "@/api";
import { FormDialog, useAction } from "@/features/screen";
import { Checkbox } from "@/ui/Checkbox";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { copy } from "./copy";
import { type ApiKey, changeKey, createKey, useSecondFactor } from "./queries";

type KeyScope = ApiKey["scopes"][number];
const SCOPES: readonly KeyScope[] = ["read", "run", "edit", "admin"];

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
  const [scopes, setScopes] = useState<readonly KeyScope[]>(apiKey?.scopes ?? ["read", "run", "edit"]);
  const [otp, setOtp] = useState("");
  const { user } = useSession();
  const offered = SCOPES.filter((one) => apiKey?.scopes.includes(one) ?? (one !== "admin" || user?.is_staff));
  const factor = useSecondFactor();
  const asksForCode = !apiKey && scopes.includes("admin") && factor.data?.is_on === true;
  const save = useAction<{ name: string; expires_at: string | null; scopes: KeyScope[] }, string | undefined>(
    async (given) => {
      if (apiKey) {
        await changeKey({ id: apiKey.id, ...given });
        return undefined;
      }
      return (await createKey({ ...given, otp })).key;
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
      fields={["name", "expires_at", "scopes", "otp"]}
      onSubmit={() =>
        save.run({
          name: name.trim(),
          expires_at: expires === "" ? null : new Date(expires).toISOString(),
          scopes: offered.filter((one) => scopes.includes(one)),
        })
      }
      onClose={onClose}
    >
      <Field label={copy.keyName} help={copy.keyNameHelp} isRequired error={save.problem?.messageOf("name")}>
        <Input value={name} required maxLength={100} autoFocus onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={copy.expires} help={copy.expiresHelp} error={save.problem?.messageOf("expires_at")}>
        <Input type="datetime-local" value={expires} onChange={(event) => setExpires(event.target.value)} />
      </Field>
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 font-medium">{copy.scopes}</legend>
        {offered.map((one) => (
          <Checkbox
            key={one}
            label={copy.scopeText[one]}
            checked={scopes.includes(one)}
            onChange={(isOn) => setScopes(isOn ? [...scopes, one] : scopes.filter((other) => other !== one))}
          />
        ))}
        <p className="text-meta text-muted">{apiKey ? copy.scopesFewer : copy.scopesHelp}</p>
        <p role="alert" className="text-err empty:hidden">
          {save.problem?.messageOf("scopes")}
        </p>
      </fieldset>
      {asksForCode ? (
        <Field label={copy.keyCode} isRequired error={save.problem?.messageOf("otp")}>
          <Input value={otp} autoComplete="one-time-code" required onChange={(event) => setOtp(event.target.value)} />
        </Field>
      ) : null}
    </FormDialog>
  );
}
