import { useQuery } from "@tanstack/react-query";
import { useLoaderData, useNavigate } from "react-router";
import { Loaded } from "@/features/screen";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { copy } from "./copy";
import { InvitationCard } from "./InvitationCard";
import { OfferCard } from "./OfferCard";
import { openInvitation, useInvitations, useOffers } from "./queries";

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
  const offers = useOffers();
  const away = () => void navigate("/workflows");
  return (
    <div>
      <title>{`${copy.invitations} · ${copy.product}`}</title>
      <PageHeader title={copy.invitations} />
      <div className="flex max-w-180 flex-col gap-2 px-6 pb-6 max-md:px-4">
        {token === null ? (
          <Loaded query={mine}>
            {(rows) => (
              <Loaded query={offers}>
                {(offered) => (
                  <>
                    {rows.length + offered.length === 0 ? <EmptyState title={copy.nothingOpen} /> : null}
                    {rows.map((row) => (
                      <InvitationCard key={row.id} invitation={row} />
                    ))}
                    {offered.map((offer) => (
                      <OfferCard key={offer.id} offer={offer} />
                    ))}
                  </>
                )}
              </Loaded>
            )}
          </Loaded>
        ) : (
          <Loaded query={opened}>{(row) => <InvitationCard invitation={row} onDeclined={away} />}</Loaded>
        )}
      </div>
    </div>
  );
}
