import { useState } from "react";
import { type User, useSession } from "@/api";
import { Loaded, Page } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { copy } from "./copy";
import { ProfileForm } from "./ProfileForm";
import { type Model, useCredentialsOf, useModels } from "./queries";

const PROVIDERS = [
  ["openai", "OpenAI"],
  ["anthropic", "Anthropic"],
  ["gemini", "Gemini"],
  ["ollama", "Ollama"],
  ["openrouter", "OpenRouter"],
  ["perplexity", "Perplexity"],
  ["openai_compatible", copy.compatible],
] as const;
const CHOICES = [
  { value: "", label: copy.serversModel },
  ...PROVIDERS.map(([value, label]) => ({ value: value as string, label: label as string })),
];
const MODELS = "known-models";

/** Which model nodes ask where nothing else names one, and what they may spend. */
export function ModelsPage() {
  const { user } = useSession();
  const models = useModels();
  return (
    <Page title={copy.models} description={copy.modelsText}>
      {user ? <Loaded query={models}>{(known) => <Default key={user.id} user={user} known={known} />}</Loaded> : null}
      {user ? <Budget key={`${user.id} budget`} user={user} /> : null}
    </Page>
  );
}

function Default({ user, known }: { readonly user: User; readonly known: readonly Model[] }) {
  const [provider, setProvider] = useState(user.llm?.provider ?? "");
  const [model, setModel] = useState(user.llm?.model ?? "");
  const [credential, setCredential] = useState(user.llm?.credential_id ?? "");
  const credentials = useCredentialsOf(provider);
  const choose = (next: string) => {
    setProvider(next);
    setModel("");
    setCredential("");
  };
  const chosen = { provider, model: model.trim() || null, credential_id: credential || null };
  return (
    <ProfileForm onSave={() => ({ llm: provider === "" ? null : chosen })}>
      {() => (
        <>
          <Field label={copy.provider}>
            <Select value={provider} options={CHOICES} onChange={choose} />
          </Field>
          {provider === "" ? null : (
            <>
              <Field label={copy.model} help={copy.modelHelp}>
                <Input value={model} maxLength={200} list={MODELS} onChange={(event) => setModel(event.target.value)} />
              </Field>
              <datalist id={MODELS}>
                {known
                  .filter((one) => one.provider === provider)
                  .map((one) => (
                    <option key={one.model} value={one.model} />
                  ))}
              </datalist>
              <Field label={copy.credential} help={copy.credentialHelp}>
                <Select
                  value={credential}
                  options={[
                    { value: "", label: copy.serversKey },
                    ...(credentials.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
                  ]}
                  onChange={setCredential}
                />
              </Field>
            </>
          )}
        </>
      )}
    </ProfileForm>
  );
}

function Budget({ user }: { readonly user: User }) {
  const [day, setDay] = useState(user.budget?.day_usd ?? "");
  const [month, setMonth] = useState(user.budget?.month_usd ?? "");
  const isUnlimited = day === "" && month === "";
  return (
    <ProfileForm
      title={copy.spending}
      fields={["budget.day_usd", "budget.month_usd"]}
      onSave={() => ({ budget: isUnlimited ? null : { day_usd: day || null, month_usd: month || null } })}
    >
      {(messageOf) => (
        <>
          <p className="text-muted">{copy.spendingText}</p>
          <Field label={copy.perDay} error={messageOf("budget.day_usd")}>
            <Amount value={day} onChange={setDay} />
          </Field>
          <Field label={copy.perMonth} error={messageOf("budget.month_usd")}>
            <Amount value={month} onChange={setMonth} />
          </Field>
        </>
      )}
    </ProfileForm>
  );
}

interface AmountProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** US dollars; empty is no limit. */
function Amount({ value, onChange, ...field }: AmountProps) {
  return (
    <Input
      {...field}
      type="number"
      min={0}
      step="any"
      inputMode="decimal"
      className="max-w-40"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
