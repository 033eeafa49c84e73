import { useState } from "react";
import { FormProblem, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { copy } from "./copy";
import { type Credential, renewToken, startSignIn, useCredential } from "./queries";

interface SignInProps {
  readonly credential: Credential;
  readonly label: string;
}

/** Signs in at the provider of a credential, in a window; that it worked is learnt from the server alone. */
export function SignIn({ credential, label }: SignInProps) {
  const [before, setBefore] = useState<string>();
  const [isBlocked, setIsBlocked] = useState(false);
  // The sign-in writes the credential anew: while it has not, it is asked for again.
  const isWaiting = before === credential.updated_at;
  useCredential(credential.id, isWaiting);
  const renew = useAction(renewToken, { refresh: ["credentials"], done: copy.renewed, isShown: true });
  const start = useAction(
    async (opened: Window) => {
      try {
        const { authorization_url } = await startSignIn(credential);
        opened.opener = null;
        opened.location.href = authorization_url;
      } catch (error) {
        opened.close();
        setBefore(undefined);
        throw error;
      }
    },
    { refresh: [], isShown: true },
  );
  const connect = () => {
    // Opened inside the click, before any request: later it would be blocked.
    const opened = window.open("about:blank", "_blank", "popup,width=560,height=720");
    setIsBlocked(opened === null);
    if (opened === null) return;
    setBefore(credential.updated_at);
    start.run(opened);
  };
  const isConnected = credential.token_expires_at !== null || credential.verified;
  return (
    <div className="flex max-w-120 flex-col gap-2">
      {isConnected ? null : <p className="text-muted">{copy.connectText}</p>}
      <div className="flex flex-wrap gap-2">
        <Button variant={isConnected ? "secondary" : "primary"} isBusy={start.isBusy} onClick={connect}>
          {isConnected ? copy.connectAgain(label) : copy.connect(label)}
        </Button>
        {isConnected ? (
          <Button isBusy={renew.isBusy} onClick={() => renew.run(credential.id)}>
            {copy.renew}
          </Button>
        ) : null}
      </div>
      <p role="status" className="text-meta text-muted empty:hidden">
        {isWaiting ? copy.connectWaiting : null}
      </p>
      {isBlocked ? <p className="text-err">{copy.connectBlocked}</p> : null}
      <FormProblem problem={start.problem ?? renew.problem} />
    </div>
  );
}
