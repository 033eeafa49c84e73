import { Facts } from "@/features/screen";
import { Badge } from "@/ui/Badge";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { EditForm } from "./EditForm";
import { HealthBadge } from "./HealthBadge";
import type { Credential, CredentialType } from "./queries";
import { SignIn } from "./SignIn";

interface CredentialDetailsProps {
  readonly credential: Credential;
  readonly type: CredentialType | undefined;
}

/** State and form of a credential. */
export function CredentialDetails({ credential, type }: CredentialDetailsProps) {
  const { health, last_error, verified_at, last_used_at, token_expires_at, created_at, secrets_set } = credential;
  const isOwn = credential.my_role === "owner";
  return (
    <div className="flex flex-col gap-6">
      <Facts
        facts={[
          [copy.health, <HealthBadge key="health" health={health} />],
          ...(last_error
            ? [
                [
                  copy.lastError,
                  <span key="error" className="text-err">
                    {last_error}
                  </span>,
                ] as const,
              ]
            : []),
          [copy.lastTest, <Time key="test" at={verified_at} never={copy.never} />],
          [copy.lastUsed, <Time key="used" at={last_used_at} never={copy.neverUsed} />],
          ...(token_expires_at ? [[copy.expires, <Time key="expires" at={token_expires_at} />] as const] : []),
          [copy.created, <Time key="created" at={created_at} />],
          [
            copy.secretsSet,
            <span key="secrets" className="flex flex-wrap gap-1">
              {secrets_set.length > 0 ? secrets_set.map((name) => <Badge key={name}>{name}</Badge>) : "–"}
            </span>,
          ],
        ]}
      />
      {isOwn && type?.oauth ? <SignIn credential={credential} label={type.label} /> : null}
      {isOwn && type ? <EditForm key={credential.updated_at} credential={credential} type={type} /> : null}
    </div>
  );
}
