import { useState } from "react";
import { Loaded, SecretDialog, useAction } from "@/features/screen";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { copy } from "./copy";
import { beginSecondFactor, useSecondFactor } from "./queries";
import { SecondFactorSetUp } from "./SecondFactorSetUp";
import { TurnOffDialog } from "./TurnOffDialog";

type Begun = Awaited<ReturnType<typeof beginSecondFactor>>;

/** Turns the second factor on and off. */
export function SecondFactorCard() {
  const factor = useSecondFactor();
  const [begun, setBegun] = useState<Begun>();
  const [codes, setCodes] = useState<readonly string[]>();
  const [isEnding, setIsEnding] = useState(false);
  const begin = useAction<void, Begun>(() => beginSecondFactor(), { refresh: [], onDone: setBegun });
  return (
    <Card title={copy.factor}>
      <div className="flex flex-col gap-3">
        <p className="text-muted">{copy.factorText}</p>
        <Loaded query={factor}>
          {({ is_on, recovery_codes_left }) => (
            <div className="flex flex-wrap items-center gap-3">
              <Badge tone={is_on ? "ok" : "neutral"}>{is_on ? copy.factorIsOn : copy.factorIsOff}</Badge>
              {is_on ? <span className="text-muted">{copy.codesLeft(recovery_codes_left)}</span> : null}
              <span className="flex-1" />
              {is_on ? (
                <Button onClick={() => setIsEnding(true)}>{copy.turnOff}</Button>
              ) : (
                <Button variant="primary" isBusy={begin.isBusy} onClick={() => begin.run()}>
                  {copy.turnOn}
                </Button>
              )}
            </div>
          )}
        </Loaded>
      </div>
      {begun ? (
        <SecondFactorSetUp
          begun={begun}
          onClose={() => setBegun(undefined)}
          onDone={(made) => {
            setBegun(undefined);
            setCodes(made);
          }}
        />
      ) : null}
      {codes ? (
        <SecretDialog
          title={copy.recovery}
          text={copy.recoveryText}
          secret={codes.join("\n")}
          onClose={() => setCodes(undefined)}
        />
      ) : null}
      {isEnding ? <TurnOffDialog onClose={() => setIsEnding(false)} /> : null}
    </Card>
  );
}
