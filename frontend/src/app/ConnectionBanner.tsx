import { CloudOff } from "lucide-react";
import { askNow, useLostAt } from "@/api";
import { Button } from "@/ui/Button";
import { useLasting } from "@/ui/useLasting";
import { copy } from "./copy";

const PATIENCE_MS = 5000;

/** Says that the server is away, once it has been for five seconds: short cuts are nobody's business. */
export function ConnectionBanner() {
  const lostAt = useLostAt();
  const isShown = useLasting(lostAt, PATIENCE_MS);
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
