import { Crown } from "lucide-react";
import { useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { takeBackOffer, useOffer } from "./queries";

/** To whom an owner has offered a workflow, and until when; nothing where there is no offer. */
export function OpenOffer({ workflowId }: { readonly workflowId: string }) {
  const offer = useOffer(workflowId).data;
  const back = useAction(() => takeBackOffer(workflowId), { refresh: ["transfers"], done: copy.takenBack });
  if (!offer) return null;
  const who = offer.offered_to?.email ?? copy.somebody;
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-node border bg-surface px-3 py-2">
      <Crown size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0 text-accent" />
      <div className="min-w-56 flex-1">
        <p>{copy.offeredTo(who)}</p>
        <p className="text-meta text-muted">
          {copy.offerUntil} <Time at={offer.expires_at} />
        </p>
        {offer.problems.map(({ code, message }) => (
          <p key={code} className="text-meta text-warn">
            {message}
          </p>
        ))}
      </div>
      <Button aria-label={copy.takeBackOne(who)} isBusy={back.isBusy} onClick={() => back.run()}>
        {copy.takeBack}
      </Button>
    </div>
  );
}
