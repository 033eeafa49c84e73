import { useQuery } from "@tanstack/react-query";
import { useLoaderData, useNavigate } from "react-router";
import { Loaded } from "@/features/screen";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { copy } from "./copy";
import { InvitationCard } from "./InvitationCard";
import { openInvitation, useInvitations } from "./queries";

/** Where the link of an invitation's mail leads; without one, the open invitations. */
export function InvitationScreen() {
  const token = useLoaderData<string | null>();
  const navigate = useNavigate();
  const opened = useQuery({
    queryKey: ["invitations", "link", token],
    queryFn: () => openInvitation(token ?? ""),
    enabled: token !== null,
    retry: false,
  });
  const mine = useInvitations();
  const away = () => void navigate("/workflows");
  return (
    <div>
      <title>{`${copy.invitations} · ${copy.product}`}</title>
      <PageHeader title={copy.invitations} />
      <div className="flex max-w-180 flex-col gap-2 px-6 pb-6 max-md:px-4">
        {token === null ? (
          <Loaded query={mine}>
            {(rows) =>
              rows.length === 0 ? (
                <EmptyState title={copy.missing} />
              ) : (
                rows.map((row) => <InvitationCard key={row.id} invitation={row} />)
              )
            }
          </Loaded>
        ) : (
          <Loaded query={opened}>{(row) => <InvitationCard invitation={row} onDeclined={away} />}</Loaded>
        )}
      </div>
    </div>
  );
}
