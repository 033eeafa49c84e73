import { useState } from "react";
import type { Role } from "@/domain/roles";
import { Button } from "@/ui/Button";
import { copy } from "./copy";
import { CARD_WIDTH, placeBeside } from "./placing";
import { stepsFor } from "./steps";
import { useAnchor } from "./useAnchor";

const NOWHERE: readonly string[] = [];
const RING = 4;

interface TourCardProps {
  readonly role: Role;
  readonly onClose: () => void;
}

/** A few steps around the canvas. It takes neither focus nor clicks of the page. */
export function TourCard({ role, onClose }: TourCardProps) {
  const steps = stepsFor(role);
  const [at, setAt] = useState(0);
  const step = steps[at];
  const box = useAnchor(step?.anchors ?? NOWHERE);
  if (step === undefined) return null;
  const isLast = at === steps.length - 1;
  const { title, text } = copy.steps[step.name];
  return (
    <>
      {box ? (
        <div
          aria-hidden="true"
          className="pointer-events-none fixed z-20 rounded-node border-2 border-accent max-md:hidden"
          style={{
            left: box.left - RING,
            top: box.top - RING,
            width: box.width + 2 * RING,
            height: box.height + 2 * RING,
          }}
        />
      ) : null}
      <aside
        aria-label={copy.label}
        style={{ width: CARD_WIDTH, ...(box ? placeBeside(box, { width: innerWidth, height: innerHeight }) : {}) }}
        className={`${box ? "fixed" : "absolute bottom-4 left-1/2 -translate-x-1/2"} z-30 flex animate-fade flex-col gap-2 rounded-dialog border bg-surface p-4 shadow-high max-md:hidden`}
      >
        <p className="text-meta text-muted">{copy.step(at + 1, steps.length)}</p>
        <h2 className="font-semibold text-panel">{title}</h2>
        <p className="min-h-15 text-muted">{text}</p>
        <div className="flex justify-end gap-2">
          {isLast ? null : (
            <Button variant="ghost" className="mr-auto" onClick={onClose}>
              {copy.skip}
            </Button>
          )}
          {at > 0 ? <Button onClick={() => setAt(at - 1)}>{copy.back}</Button> : null}
          <Button variant="primary" onClick={() => (isLast ? onClose() : setAt(at + 1))}>
            {isLast ? copy.done : copy.next}
          </Button>
        </div>
      </aside>
    </>
  );
}
