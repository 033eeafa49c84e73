import { CloudOff } from "lucide-react";
import { useEffect, useState } from "react";
import { askNow, useLostAt } from "@/api";
import { Button } from "@/ui/Button";
import { copy } from "./copy";

const PATIENCE_MS = 5000;

/** Says that the server is away, once it has been for five seconds: short cuts are nobody's business. */
export function ConnectionBanner() {
  const lostAt = useLostAt();
  const [shownFor, setShownFor] = useState<number | null>(null);
  useEffect(() => {
    if (lostAt === null) return;
    const timer = setTimeout(() => setShownFor(lostAt), Math.max(0, lostAt + PATIENCE_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [lostAt]);
  const isShown = lostAt !== null && shownFor === lostAt;
  return (
    <div role="status" className="fixed inset-x-0 top-0 z-50 flex justify-center">
      {isShown ? (
        <div className="m-2 flex animate-appear items-center gap-3 rounded-node border border-warn bg-surface py-1.5 pr-1.5 pl-3 shadow-mid">
          <CloudOff aria-hidden="true" size={16} strokeWidth={1.75} className="shrink-0 text-warn" />
          <span>{copy.connectionLost}</span>
          <Button size="small" variant="ghost" onClick={() => void askNow()}>
            {copy.tryNow}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
