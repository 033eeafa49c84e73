import { Crown } from "lucide-react";
import { Link, useNavigate } from "react-router";
import { useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { acceptOffer, declineOffer, type TransferOffer } from "./queries";

const REFRESH = ["transfers", "workflows", "collaborators"];

const place = (id: string) => `/workflows/${encodeURIComponent(id)}`;

/** A workflow that is offered to whoever is signed in: what it means, and what stands against it. */
export function OfferCard({ offer }: { readonly offer: TransferOffer }) {
  const { id, workflow, offered_by: by, problems } = offer;
  const navigate = useNavigate();
  const yes = useAction(() => acceptOffer(offer), {
    refresh: REFRESH,
    done: copy.owned,
    onDone: ({ workflow_id }) => void navigate(place(workflow_id)),
    isShown: true,
  });
  const no = useAction(() => declineOffer(id), { refresh: REFRESH, done: copy.offerDeclined });
  const who = by?.name || by?.email || copy.somebody;
  return (
    <article className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-node border bg-surface px-4 py-3">
      <Crown size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0 text-accent" />
      <div className="min-w-48 flex-1">
        <p className="truncate font-medium">{workflow.name}</p>
        <p className="text-meta text-muted">
          {copy.offersYou(who)} {copy.offerText} {offer.is_deployed ? `${copy.offerServes} ` : ""}
          {copy.offerUntil} <Time at={offer.expires_at} />.
        </p>
        {problems.map(({ code, message }) => (
          <p key={code} className="text-meta text-warn">
            {message}
          </p>
        ))}
        {yes.problem && (
          <p role="alert" className="text-meta text-warn">
            {yes.problem.detail || yes.problem.title}
          </p>
        )}
      </div>
      <div className="flex gap-2">
        <Button aria-label={copy.declineOffer(workflow.name)} isBusy={no.isBusy} onClick={() => no.run()}>
          {copy.decline}
        </Button>
        {yes.problem?.code === "offer_changed" ? (
          <Button asChild variant="primary">
            <Link to={place(workflow.id)} aria-label={copy.lookAgainAt(workflow.name)} onClick={yes.reset}>
              {copy.lookAgain}
            </Link>
          </Button>
        ) : (
          <Button
            variant="primary"
            aria-label={copy.ownOne(workflow.name)}
            isBusy={yes.isBusy}
            onClick={() => yes.run()}
          >
            {copy.own}
          </Button>
        )}
      </div>
    </article>
  );
}
