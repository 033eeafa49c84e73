import { CircleAlert, CircleCheck, Plus, X } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
import { Combobox } from "@/ui/Combobox";
import { IconButton } from "@/ui/IconButton";
import { copy } from "../copy";
import { useCredentials, useCredentialTypes, useVerifyCredential } from "../queries";
import { CreateCredentialDialog } from "./CreateCredentialDialog";

interface CredentialSelectProps {
  readonly id?: string;
  readonly value: string | null;
  /** Types that fit; empty: any. */
  readonly types: readonly string[];
  readonly isDisabled?: boolean;
  readonly onChange: (id: string | null) => void;
  readonly "aria-describedby"?: string | undefined;
  readonly "aria-invalid"?: boolean | undefined;
  readonly "aria-required"?: boolean | undefined;
}

/** A credential: chosen, tested, or made on the spot. */
export function CredentialSelect({ value, types, isDisabled = false, onChange, ...aria }: CredentialSelectProps) {
  const credentials = useCredentials();
  const known = useCredentialTypes();
  const verify = useVerifyCredential();
  const [isCreating, setIsCreating] = useState(false);
  const fitting = (credentials.data ?? []).filter(({ type }) => types.length === 0 || types.includes(type));
  const labelOf = (slug: string) => known.data?.find((type) => type.slug === slug)?.label ?? slug;
  const options = fitting.map(({ id, name, type }) => ({ value: id, label: `${name} · ${labelOf(type)}` }));
  const isGone = value !== null && credentials.data !== undefined && !fitting.some(({ id }) => id === value);
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex min-w-0 items-center gap-1">
        <Combobox
          {...aria}
          value={isGone ? undefined : (value ?? undefined)}
          options={options}
          isLoading={credentials.isPending}
          disabled={isDisabled}
          placeholder={isGone ? copy.credentials.gone : copy.credentials.choose}
          emptyText={copy.credentials.none}
          onChange={(next) => {
            verify.reset();
            onChange(next);
          }}
          footer={
            <Button
              variant="ghost"
              size="small"
              className="w-full justify-start"
              icon={<Plus size={16} strokeWidth={1.75} />}
              onClick={() => setIsCreating(true)}
            >
              {copy.credentials.create}
            </Button>
          }
        />
        {value === null || isDisabled ? null : (
          <>
            <Button size="small" isBusy={verify.isPending} onClick={() => verify.mutate(value)} disabled={isGone}>
              {copy.credentials.test}
            </Button>
            <IconButton
              size="small"
              label={copy.credentials.remove}
              icon={<X size={14} strokeWidth={1.75} />}
              onClick={() => onChange(null)}
            />
          </>
        )}
      </div>
      {fitting.length === 0 && credentials.data !== undefined && value === null && !isDisabled ? (
        <Button
          size="small"
          variant="ghost"
          className="self-start"
          icon={<Plus size={16} strokeWidth={1.75} />}
          onClick={() => setIsCreating(true)}
        >
          {copy.credentials.create}
        </Button>
      ) : null}
      <p role="status" className="text-meta empty:hidden">
        {verify.data ? (
          <span className={verify.data.verified ? "flex gap-1 text-ok" : "flex gap-1 text-err"}>
            {verify.data.verified ? (
              <CircleCheck aria-hidden="true" size={14} className="mt-px shrink-0" />
            ) : (
              <CircleAlert aria-hidden="true" size={14} className="mt-px shrink-0" />
            )}
            {verify.data.message || copy.credentials.works}
          </span>
        ) : verify.error ? (
          <span className="text-err">{asProblem(verify.error).detail || asProblem(verify.error).title}</span>
        ) : null}
      </p>
      {isCreating ? (
        <CreateCredentialDialog
          types={types}
          onClose={() => setIsCreating(false)}
          onCreated={(id) => {
            verify.reset();
            onChange(id);
          }}
        />
      ) : null}
    </div>
  );
}
