import { useId, useState } from "react";
import { Link } from "react-router";
import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { copy } from "../copy";
import { useCredentialTypes, useSaveCredential, useVerifyCredential } from "../queries";
import { CredentialFields } from "./CredentialFields";
import { OAuthConnect } from "./OAuthConnect";

interface CreateCredentialDialogProps {
  readonly types: readonly string[];
  readonly onClose: () => void;
  readonly onCreated: (id: string) => void;
}

/** Makes a credential where one is needed: it is chosen at once, and tested if wanted. */
export function CreateCredentialDialog({ types, onClose, onCreated }: CreateCredentialDialogProps) {
  const formId = useId();
  const known = useCredentialTypes();
  const create = useSaveCredential();
  const [madeId, setMadeId] = useState<string>();
  const verify = useVerifyCredential();
  const [slug, setSlug] = useState<string>();
  const [name, setName] = useState("");
  const [data, setData] = useState<Readonly<Record<string, string>>>({});
  const fitting = (known.data ?? []).filter((type) => types.length === 0 || types.includes(type.slug));
  const type = fitting.find((one) => one.slug === slug) ?? fitting[0];
  const isOAuth = type?.oauth?.configured === true;
  // Before somebody has signed in there is nothing to test: it would be called failing.
  const signsIn = Boolean(type?.oauth) && data.grant !== "client_credentials";
  const problem = create.error ? asProblem(create.error) : null;
  const save = async () => {
    if (type === undefined || isOAuth) return;
    const made = await create.mutateAsync({ id: madeId, type: type.slug, name: name.trim() || type.label, data });
    setMadeId(made.id);
    onCreated(made.id);
    if (signsIn) return;
    const tested = await verify.mutateAsync(made.id).catch(() => null);
    // One that does not work yet stays open, so that its answer is read; it is chosen all the same.
    if (tested?.verified) onClose();
  };
  const isMade = madeId !== undefined;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={copy.credentials.createTitle}
      footer={
        isOAuth ? undefined : (
          <>
            <Button onClick={onClose}>{isMade ? copy.credentials.close : copy.credentials.cancel}</Button>
            <Button variant="primary" type="submit" form={formId} isBusy={create.isPending || verify.isPending}>
              {signsIn ? copy.credentials.save : copy.credentials.saveAndTest}
            </Button>
          </>
        )
      }
    >
      <form
        id={formId}
        autoComplete="off"
        className="flex flex-col gap-4 pb-2"
        onSubmit={(event) => {
          event.preventDefault();
          // A dialog stands inside the page's tree: its submit must not reach a form around it.
          event.stopPropagation();
          save().catch(() => undefined); // shown below
        }}
      >
        <Field label={copy.credentials.type}>
          <Select
            value={type?.slug}
            options={fitting.map((one) => ({ value: one.slug, label: one.label }))}
            disabled={isMade}
            onChange={(next) => {
              setSlug(next);
              setData({});
              create.reset();
            }}
          />
        </Field>
        <Field label={copy.credentials.name} error={problem?.messageOf("name")}>
          <Input
            value={name}
            placeholder={type?.label}
            maxLength={200}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        {type === undefined ? null : isOAuth ? (
          <OAuthConnect type={type} name={name.trim() || type.label} onCreated={onCreated} onClose={onClose} />
        ) : (
          <CredentialFields
            type={type}
            values={data}
            errorOf={(field) => problem?.messageOf(`data.${field}`) ?? problem?.messageOf(field)}
            onChange={(field, value) => setData((before) => ({ ...before, [field]: value }))}
          />
        )}
        {problem && problem.errors.length === 0 ? (
          <p role="alert" className="text-err">
            {problem.detail || problem.title}
          </p>
        ) : null}
        {signsIn && madeId ? (
          <p role="status">
            {copy.credentials.savedToSignIn}{" "}
            <Link className="text-accent underline" to={`/credentials/${madeId}`} target="_blank">
              {copy.credentials.openToSignIn}
            </Link>
          </p>
        ) : null}
        {verify.data && !verify.data.verified ? (
          <p role="alert" className="text-warn">
            {copy.credentials.savedNotWorking(verify.data.message)}
          </p>
        ) : null}
        {verify.error ? (
          <p role="alert" className="text-warn">
            {copy.credentials.savedNotWorking(asProblem(verify.error).detail || asProblem(verify.error).title)}
          </p>
        ) : null}
      </form>
    </Dialog>
  );
}
