import { copy } from "./copy";
import { InvitationCard } from "./InvitationCard";
import { OfferCard } from "./OfferCard";
import { useInvitations, useOffers } from "./queries";

/** The open invitations of whoever is signed in, and workflows offered to him, on top of a list; else nothing. */
export function InvitationsBanner() {
  const rows = useInvitations().data ?? [];
  const offers = useOffers().data ?? [];
  if (rows.length + offers.length === 0) return null;
  return (
    <section aria-label={copy.invitations} className="flex flex-col gap-2 px-6 pb-3 max-md:px-4">
      {rows.map((row) => (
        <InvitationCard key={row.id} invitation={row} />
      ))}
      {offers.map((offer) => (
        <OfferCard key={offer.id} offer={offer} />
      ))}
    </section>
  );
}
