import { CircleAlert, CircleCheck, Clock, LoaderCircle } from "lucide-react";
import { Badge } from "@/ui/Badge";
import type { Tone } from "@/ui/tones";
import { copy } from "./copy";
import type { DocumentRow, Status } from "./queries";

const LOOK: Readonly<Record<Status, { tone: Tone; Icon: typeof Clock }>> = {
  pending: { tone: "wait", Icon: Clock },
  processing: { tone: "run", Icon: LoaderCircle },
  indexed: { tone: "ok", Icon: CircleCheck },
  failed: { tone: "err", Icon: CircleAlert },
};

/** How far a document is read, and why it is not. */
export function StatusLine({ document }: { readonly document: DocumentRow }) {
  const { tone, Icon } = LOOK[document.status];
  const percent = document.status === "processing" ? ` ${copy.percent(document.progress)}` : "";
  return (
    <div className="flex min-w-0 max-w-80 flex-col gap-0.5">
      <span>
        <Badge tone={tone} icon={<Icon aria-hidden="true" size={14} />}>
          {`${copy.statuses[document.status]}${percent}`}
        </Badge>
      </span>
      {document.error ? <span className="break-words text-meta text-muted">{document.error}</span> : null}
    </div>
  );
}
