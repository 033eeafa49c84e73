import { Ellipsis, KeyRound, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { asProblem, useSession } from "@/api";
import { Page, SecretDialog, useFilters, usePlans } from "@/features/screen";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { Pagination } from "@/ui/Pagination";
import { SearchInput } from "@/ui/SearchInput";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { DeleteUserDialog } from "./DeleteUserDialog";
import { EditUserDialog } from "./EditUserDialog";
import { NewUserDialog } from "./NewUserDialog";
import { PasswordLinkDialog } from "./PasswordLinkDialog";
import { type Account, PAGE_SIZE, useUsers } from "./queries";

const NUMBER = new Intl.NumberFormat();

interface Doing {
  readonly account: Account;
  readonly what: "edit" | "delete" | "link";
}

const PLAN_COLUMNS: readonly Column<Account>[] = [
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
];

function columnsOf(me: string | undefined, hasPlans: boolean, onDo: (doing: Doing) => void): Column<Account>[] {
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
    ...(hasPlans ? PLAN_COLUMNS : []),
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
        <Menu align="end" trigger={<IconButton label={copy.edit(row.email)} icon={<Ellipsis size={16} />} />}>
          <MenuItem icon={<Pencil size={16} />} onSelect={() => onDo({ account: row, what: "edit" })}>
            {copy.editUser}
          </MenuItem>
          <MenuItem icon={<KeyRound size={16} />} onSelect={() => onDo({ account: row, what: "link" })}>
            {copy.passwordLink}
          </MenuItem>
          {row.id === me ? null : (
            <>
              <MenuSeparator />
              <MenuItem isDangerous icon={<Trash2 size={16} />} onSelect={() => onDo({ account: row, what: "delete" })}>
                {copy.deleteUser}
              </MenuItem>
            </>
          )}
        </Menu>
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
  const [doing, setDoing] = useState<Doing>();
  const [link, setLink] = useState<string>();
  const hasPlans = usePlans();
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
          columns={columnsOf(user?.id, hasPlans, setDoing)}
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
      {doing?.what === "edit" ? (
        <EditUserDialog
          account={doing.account}
          isOwn={doing.account.id === user?.id}
          onClose={() => setDoing(undefined)}
        />
      ) : null}
      {doing?.what === "delete" ? (
        <DeleteUserDialog account={doing.account} onClose={() => setDoing(undefined)} />
      ) : null}
      {doing?.what === "link" ? (
        <PasswordLinkDialog account={doing.account} onLink={setLink} onClose={() => setDoing(undefined)} />
      ) : null}
      {link ? (
        <SecretDialog title={copy.linkTitle} text={copy.linkText} secret={link} onClose={() => setLink(undefined)} />
      ) : null}
      {isCreating ? <NewUserDialog onClose={() => setIsCreating(false)} onKey={setApiKey} /> : null}
      {apiKey ? (
        <SecretDialog title={copy.keyTitle} text={copy.keyText} secret={apiKey} onClose={() => setApiKey(undefined)} />
      ) : null}
    </Page>
  );
}
