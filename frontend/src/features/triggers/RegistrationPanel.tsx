import { useState } from "react";
import { useAction } from "@/features/screen";
import { useRefusal } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { Listening } from "./Listening";
import { retryRegistration, rotateSecret, type Trigger } from "./queries";
import { Removals } from "./Removals";

interface RegistrationPanelProps {
  readonly workflowId: string;
  readonly trigger: Trigger;
}

/** A trigger that another service calls: how far it is told, another try, another secret, a test call. */
export function RegistrationPanel({ workflowId, trigger }: RegistrationPanelProps) {
  const { node_id, registration, removals } = trigger;
  const [isRotating, setIsRotating] = useState(false);
  const refusal = useRefusal(workflowId);
  const retry = useAction(() => retryRegistration(workflowId, node_id), { refresh: ["workflows"] });
  const rotate = useAction(() => rotateSecret(workflowId, node_id), {
    refresh: ["workflows"],
    done: copy.rotated,
    onDone: () => setIsRotating(false),
  });
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {registration ? (
        <>
          <p className="text-muted">
            {registration.next_try_at ? (
              <>
                {copy.failedTimes(registration.failures)} {copy.nextTry} <Time at={registration.next_try_at} />
              </>
            ) : registration.registered_at ? (
              <>
                {copy.confirmed} <Time at={registration.registered_at} />
              </>
            ) : (
              copy.telling
            )}
          </p>
          <div className="flex flex-wrap items-center gap-3">
            <Button
              refusal={refusal("editor")}
              isBusy={retry.isBusy}
              disabled={registration.state === "registering"}
              onClick={() => retry.run()}
            >
              {registration.state === "failed" ? copy.tryAgain : copy.registerAgain}
            </Button>
            <Button refusal={refusal("owner")} onClick={() => setIsRotating(true)}>
              {copy.rotate}
            </Button>
          </div>
        </>
      ) : removals.length === 0 ? (
        <p className="text-muted">{copy.notRegistered}</p>
      ) : null}
      <Removals workflowId={workflowId} trigger={trigger} />
      {trigger.removed ? null : <Listening workflowId={workflowId} nodeId={node_id} />}
      {isRotating ? (
        <ConfirmDialog
          isOpen
          title={copy.rotateTitle}
          consequence={copy.rotateText}
          isDangerous={false}
          confirmLabel={copy.rotateYes}
          isBusy={rotate.isBusy}
          onConfirm={() => rotate.run()}
          onClose={() => setIsRotating(false)}
        />
      ) : null}
    </div>
  );
}
