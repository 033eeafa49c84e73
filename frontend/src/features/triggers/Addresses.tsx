import { CopyButton } from "@/ui/CopyButton";
import { copy } from "./copy";
import { Listening } from "./Listening";
import type { Trigger } from "./queries";

interface AddressesProps {
  readonly workflowId: string;
  readonly trigger: Trigger;
}

function Address({ label, url }: { readonly label: string; readonly url: string }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span className="text-meta text-muted">{label}</span>
      <div className="flex min-w-0 items-center gap-2 rounded-control bg-raised py-1 pr-1 pl-3">
        <code className="min-w-0 flex-1 break-all font-mono text-meta">{url}</code>
        <CopyButton text={url} label={copy.copyUrl} />
      </div>
    </div>
  );
}

/** The addresses of a trigger that is called, and a test call of the working copy. */
export function Addresses({ workflowId, trigger: { node_id, url, test_url, methods } }: AddressesProps) {
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {methods.length > 0 ? (
        <p>
          <span className="text-meta text-muted">{copy.methods}</span>{" "}
          <span className="font-mono text-meta">{methods.join(", ")}</span>
        </p>
      ) : null}
      {url ? <Address label={copy.url} url={url} /> : null}
      {test_url ? <Address label={copy.testUrl} url={test_url} /> : null}
      <Listening workflowId={workflowId} nodeId={node_id} />
    </div>
  );
}
