import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
import { copy } from "../copy";
import { type CredentialType, useCredentials, useStartOAuth } from "../queries";

interface OAuthConnectProps {
  readonly type: CredentialType;
  readonly name: string;
  readonly onCreated: (id: string) => void;
  readonly onClose: () => void;
}

const LOOK_AGAIN_MS = 3_000;

/** Signs in with a provider in a window of its own; that it worked is learnt from the server. */
export function OAuthConnect({ type, name, onCreated, onClose }: OAuthConnectProps) {
  const client = useQueryClient();
  const start = useStartOAuth();
  const credentials = useCredentials();
  const [isBlocked, setIsBlocked] = useState(false);
  const [before, setBefore] = useState<ReadonlySet<string> | null>(null);
  const made =
    before === null ? undefined : credentials.data?.find((one) => one.type === type.slug && !before.has(one.id));
  useEffect(() => {
    if (before === null) return;
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: ["credentials"] }), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [before, client]);
  useEffect(() => {
    if (made === undefined) return;
    onCreated(made.id);
    onClose();
  }, [made, onCreated, onClose]);
  const connect = () => {
    // Opened inside the click, before any request: later it would be blocked.
    const opened = window.open("about:blank", "_blank", "popup,width=560,height=720");
    setIsBlocked(opened === null);
    if (opened === null) return;
    setBefore(new Set((credentials.data ?? []).map((one) => one.id)));
    start.mutate(
      { type: type.slug, name },
      {
        onSuccess: ({ authorization_url }) => {
          opened.opener = null;
          opened.location.href = authorization_url;
        },
        onError: () => {
          opened.close();
          setBefore(null);
        },
      },
    );
  };
  return (
    <div className="flex flex-col gap-2">
      <Button variant="primary" className="self-start" isBusy={start.isPending} onClick={connect}>
        {copy.credentials.connect(type.label)}
      </Button>
      <p role="status" className="text-meta text-muted empty:hidden">
        {before === null ? null : copy.credentials.waiting}
      </p>
      {isBlocked ? <p className="text-err">{copy.credentials.blocked}</p> : null}
      {start.error ? <p className="text-err">{asProblem(start.error).detail || asProblem(start.error).title}</p> : null}
    </div>
  );
}
