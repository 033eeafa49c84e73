import { KeyRound, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { asProblem } from "@/api";
import { Page, SecretDialog, useFilters } from "@/features/screen";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { Pagination } from "@/ui/Pagination";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { KeyDialog } from "./KeyDialog";
import { KeyMenu } from "./KeyMenu";
import { type ApiKey, KEYS_PAGE, useKeys } from "./queries";

function KeyState({ apiKey: { is_active, expires_at } }: { readonly apiKey: ApiKey }) {
  if (expires_at !== null && Date.parse(expires_at) <= Date.now()) return <Badge tone="warn">{copy.expired}</Badge>;
  return <Badge tone={is_active ? "ok" : "skip"}>{is_active ? copy.active : copy.paused}</Badge>;
}

function columnsOf(onSecret: (secret: string) => void): Column<ApiKey>[] {
  return [
    {
      id: "name",
      header: copy.keyName,
      cell: ({ name, prefix }) => (
        <div className="min-w-0">
          <p className="break-words font-medium">{name}</p>
          <p className="font-mono text-meta text-muted">{prefix}…</p>
        </div>
      ),
    },
    { id: "state", header: copy.state, cell: (row) => <KeyState apiKey={row} /> },
    { id: "scopes", header: copy.scopes, isSecondary: true, cell: ({ scopes }) => scopes.join(", ") },
    {
      id: "expires",
      header: copy.expires,
      isSecondary: true,
      cell: ({ expires_at }) => <Time at={expires_at} never={copy.neverExpires} />,
    },
    {
      id: "used",
      header: copy.lastUsed,
      isSecondary: true,
      cell: ({ last_used_at }) => <Time at={last_used_at} never={copy.notUsed} />,
    },
    {
      id: "created",
      header: copy.created,
      isSecondary: true,
      className: "max-lg:hidden",
      cell: ({ created_at }) => <Time at={created_at} />,
    },
    { id: "more", header: "", className: "w-10", cell: (row) => <KeyMenu apiKey={row} onSecret={onSecret} /> },
  ];
}

/** A person's API keys. A key's value is shown once, when it is made or rotated. */
export function KeysPage() {
  const filters = useFilters([]);
  const list = useKeys(filters.page);
  const [isCreating, setIsCreating] = useState(false);
  const [secret, setSecret] = useState<string>();
  const columns = useMemo(() => columnsOf(setSecret), []);
  const create = (
    <Button variant="primary" icon={<Plus size={16} />} onClick={() => setIsCreating(true)}>
      {copy.newKey}
    </Button>
  );
  return (
    <Page title={copy.keys} description={copy.keysText} isWide actions={create}>
      <div className="overflow-hidden rounded-node has-[table]:border-x">
        <DataTable
          label={copy.keys}
          columns={columns}
          rows={list.data?.results}
          rowId={(row) => row.id}
          problem={list.error ? asProblem(list.error) : null}
          onRetry={() => void list.refetch()}
          empty={<EmptyState icon={<KeyRound size={24} />} title={copy.keysEmpty} />}
        />
      </div>
      <Pagination
        page={filters.page}
        pageSize={KEYS_PAGE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
      {isCreating ? <KeyDialog onClose={() => setIsCreating(false)} onSecret={setSecret} /> : null}
      {secret ? (
        <SecretDialog
          title={copy.keyMade}
          text={copy.keyMadeText}
          secret={secret}
          onClose={() => setSecret(undefined)}
        />
      ) : null}
    </Page>
  );
}
