import { copy } from "./copy";
import { InvitationCard } from "./InvitationCard";
import { useInvitations } from "./queries";

/** The open invitations of whoever is signed in, on top of a list; nothing where there are none. */
export function InvitationsBanner() {
  const rows = useInvitations().data ?? [];
  if (rows.length === 0) return null;
  return (
    <section aria-label={copy.invitations} className="flex flex-col gap-2 px-6 pb-3 max-md:px-4">
      {rows.map((row) => (
        <InvitationCard key={row.id} invitation={row} />
      ))}
    </section>
  );
}
