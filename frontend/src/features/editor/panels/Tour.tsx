import { useState } from "react";
import { Button } from "@/ui/Button";
import { copy } from "../copy";

const NAME = "heddle_tour";

export function wasTourSeen(): boolean {
  return document.cookie.split("; ").includes(`${NAME}=seen`);
}

function markSeen(): void {
  // As the theme is kept. The cookie store's own interface does not exist on plain http.
  // biome-ignore lint/suspicious/noDocumentCookie: see above
  document.cookie = `${NAME}=seen; Path=/app/; Max-Age=31536000; SameSite=Lax`;
}

/** Five sentences about the canvas, the first time somebody sees one. */
export function Tour() {
  const [isOpen, setIsOpen] = useState(() => !wasTourSeen());
  const [at, setAt] = useState(0);
  const { steps } = copy.tour;
  const step = steps[at];
  if (!isOpen || step === undefined) return null;
  const close = () => {
    markSeen();
    setIsOpen(false);
  };
  const isLast = at === steps.length - 1;
  return (
    <aside
      aria-label={copy.tour.label}
      className="absolute bottom-4 left-4 z-10 flex w-80 max-w-[calc(100%-32px)] animate-fade flex-col gap-2 rounded-dialog border bg-surface p-4 shadow-high max-md:hidden"
    >
      <p className="text-meta text-muted">{copy.tour.step(at + 1, steps.length)}</p>
      <h2 className="font-semibold text-panel">{step.title}</h2>
      <p className="min-h-15 text-muted">{step.text}</p>
      <div className="flex justify-end gap-2">
        {isLast ? null : (
          <Button variant="ghost" onClick={close}>
            {copy.tour.skip}
          </Button>
        )}
        <Button variant="primary" onClick={() => (isLast ? close() : setAt(at + 1))}>
          {isLast ? copy.tour.done : copy.tour.next}
        </Button>
      </div>
    </aside>
  );
}
