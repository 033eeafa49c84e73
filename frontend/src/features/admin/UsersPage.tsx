import { Pencil, Plus } from "lucide-react";
import { useState } from "react";
import { asProblem, useSession } from "@/api";
import { Page, SecretDialog, useFilters } from "@/features/screen";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { IconButton } from "@/ui/IconButton";
import { Pagination } from "@/ui/Pagination";
import { SearchInput } from "@/ui/SearchInput";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { EditUserDialog } from "./EditUserDialog";
import { NewUserDialog } from "./NewUserDialog";
import { type Account, PAGE_SIZE, useUsers } from "./queries";

const NUMBER = new Intl.NumberFormat();

function columnsOf(me: string | undefined, onEdit: (account: Account) => void): Column<Account>[] {
  return [
    {
      id: "email",
      header: copy.email,
      cell: ({ id, email, name }) => (
        <div className="min-w-0">
          <p className="wrap-anywhere min-w-40 font-medium">
            {email}
            {id === me ? <span className="font-normal text-muted"> · {copy.you}</span> : null}
          </p>
          {name ? <p className="break-words text-meta text-muted">{name}</p> : null}
        </div>
      ),
    },
    {
      id: "state",
      header: copy.state,
      cell: ({ is_active, is_staff }) => (
        <span className="flex flex-wrap gap-1">
          <Badge tone={is_active ? "ok" : "skip"}>{is_active ? copy.active : copy.inactive}</Badge>
          {is_staff ? <Badge tone="accent">{copy.isStaff}</Badge> : null}
        </span>
      ),
    },
    {
      id: "tier",
      header: copy.tier,
      isSecondary: true,
      className: "max-lg:hidden",
      cell: ({ tier }) => copy.tiers[tier],
    },
    {
      id: "credits",
      header: copy.credits,
      isSecondary: true,
      className: "max-lg:hidden",
      cell: ({ credits }) => <span className="tabular-nums">{NUMBER.format(credits)}</span>,
    },
    {
      id: "login",
      header: copy.lastLogin,
      isSecondary: true,
      cell: ({ last_login_at }) => <Time at={last_login_at} never={copy.never} />,
    },
    {
      id: "do",
      header: "",
      className: "w-10",
      cell: (row) => (
        <IconButton label={copy.edit(row.email)} icon={<Pencil size={16} />} onClick={() => onEdit(row)} />
      ),
    },
  ];
}

/** All accounts of the installation. */
export function UsersPage() {
  const { user } = useSession();
  const filters = useFilters(["search"]);
  const search = filters.get("search");
  const list = useUsers(search, filters.page);
  const [edited, setEdited] = useState<Account>();
  const [isCreating, setIsCreating] = useState(false);
  const [apiKey, setApiKey] = useState<string>();
  return (
    <Page
      title={copy.users}
      description={copy.usersText}
      isWide
      actions={
        <Button variant="primary" icon={<Plus size={16} />} onClick={() => setIsCreating(true)}>
          {copy.newUser}
        </Button>
      }
    >
      <search>
        <SearchInput label={copy.search} value={search} onChange={(value) => filters.set("search", value)} />
      </search>
      <div className="overflow-hidden rounded-node has-[table]:border-x">
        <DataTable
          label={copy.users}
          columns={columnsOf(user?.id, setEdited)}
          rows={list.data?.results}
          rowId={(row) => row.id}
          problem={list.error ? asProblem(list.error) : null}
          onRetry={() => void list.refetch()}
          empty={<EmptyState title={search ? copy.usersNothing : copy.usersEmpty} />}
        />
      </div>
      <Pagination
        page={filters.page}
        pageSize={PAGE_SIZE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
      {edited ? (
        <EditUserDialog account={edited} isOwn={edited.id === user?.id} onClose={() => setEdited(undefined)} />
      ) : null}
      {isCreating ? <NewUserDialog onClose={() => setIsCreating(false)} onKey={setApiKey} /> : null}
      {apiKey ? (
        <SecretDialog title={copy.keyTitle} text={copy.keyText} secret={apiKey} onClose={() => setApiKey(undefined)} />
      ) : null}
    </Page>
  );
}
