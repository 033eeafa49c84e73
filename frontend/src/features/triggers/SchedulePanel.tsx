import { useState } from "react";
import { useNavigate } from "react-router";
import { Facts, Loaded, useAction } from "@/features/screen";
import { useRefusal } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { Switch } from "@/ui/Switch";
import { Time } from "@/ui/Time";
import { durationText } from "@/ui/timeText";
import { BackfillDialog } from "./BackfillDialog";
import { copy } from "./copy";
import { Occurrences } from "./Occurrences";
import { runNow, type Schedule, switchSchedule, useSchedule, useUpcoming } from "./queries";

/** A schedule in service: on or off, when it is due, run now, backfill, what it did. */
export function SchedulePanel({ id }: { readonly id: string }) {
  const schedule = useSchedule(id);
  return (
    <div className="flex flex-col gap-4 border-t px-4 py-3">
      <Loaded query={schedule}>{(given) => <Shown schedule={given} />}</Loaded>
    </div>
  );
}

function Shown({ schedule }: { readonly schedule: Schedule }) {
  const { id, workflow_id, cron, interval_s, timezone, enabled, next_run_at, last_run_at, overlap, missed } = schedule;
  const navigate = useNavigate();
  const [isFilling, setIsFilling] = useState(false);
  const refusal = useRefusal(workflow_id);
  const upcoming = useUpcoming(schedule);
  const toggle = useAction((isOn: boolean) => switchSchedule(id, isOn), { refresh: ["schedules", "workflows"] });
  const start = useAction(() => runNow(id), {
    refresh: ["schedules", "executions"],
    onDone: (run) => void navigate(`/workflows/${encodeURIComponent(workflow_id)}/runs/${run.id}`),
  });
  const when = cron ?? copy.every(durationText((interval_s ?? 0) * 1000));
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <div className="flex-1">
          <Switch
            label={copy.enabled}
            checked={enabled}
            refusal={refusal("editor")}
            disabled={toggle.isBusy}
            onChange={toggle.run}
          />
        </div>
        <Button refusal={refusal("runner")} isBusy={start.isBusy} onClick={() => start.run()}>
          {copy.runNow}
        </Button>
        <Button refusal={refusal("editor")} onClick={() => setIsFilling(true)}>
          {copy.backfill}
        </Button>
      </div>
      <div className="grid grid-cols-2 gap-6 max-md:grid-cols-1">
        <Facts
          facts={[
            [
              copy.when,
              <code key="when" className="font-mono text-meta">
                {when}
              </code>,
            ],
            [copy.timezone, timezone],
            [copy.nextRun, enabled ? <Time key="next" at={next_run_at} /> : copy.paused],
            [copy.lastRun, <Time key="last" at={last_run_at} never={copy.never} />],
            [copy.overlap, copy.overlaps[overlap]],
            [copy.missed, copy.misses[missed]],
          ]}
        />
        <div>
          <h3 className="pb-1 text-muted">{copy.upcoming}</h3>
          <Loaded query={upcoming}>
            {(moments) => (
              <ol className="flex flex-col gap-1">
                {moments.map((at) => (
                  <li key={at}>
                    <Time at={at} isAbsolute />
                  </li>
                ))}
              </ol>
            )}
          </Loaded>
        </div>
      </div>
      <Occurrences schedule={schedule} />
      {isFilling ? <BackfillDialog id={id} onClose={() => setIsFilling(false)} /> : null}
    </>
  );
}
