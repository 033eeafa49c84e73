import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { countBackfill, startBackfill, useJob } from "./queries";

interface BackfillDialogProps {
  readonly id: string;
  readonly onClose: () => void;
}

/** Starts the runs of a time that is past: counted first, then started. */
export function BackfillDialog({ id, onClose }: BackfillDialogProps) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [rate, setRate] = useState("10");
  const [moments, setMoments] = useState<readonly string[]>();
  const [jobId, setJobId] = useState<string>();
  const given = () => ({
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    rate_per_s: Number(rate),
  });
  const count = useAction(() => countBackfill(id, given()), {
    refresh: [],
    isShown: true,
    onDone: (answer) => setMoments(answer.moments),
  });
  const start = useAction(() => startBackfill(id, given()), {
    refresh: ["schedules", "executions"],
    isShown: true,
    onDone: setJobId,
  });
  const change = (set: (text: string) => void) => (event: React.ChangeEvent<HTMLInputElement>) => {
    set(event.target.value);
    setMoments(undefined);
  };
  if (jobId !== undefined) return <Started jobId={jobId} onClose={onClose} />;
  const canStart = moments !== undefined && moments.length > 0;
  const problem = start.problem ?? count.problem;
  return (
    <FormDialog
      title={copy.backfillTitle}
      description={copy.backfillText}
      submitLabel={canStart ? copy.start(moments.length) : copy.count}
      isBusy={count.isBusy || start.isBusy}
      problem={problem}
      fields={["from", "to", "rate_per_s"]}
      onSubmit={() => (canStart ? start.run() : count.run())}
      onClose={onClose}
    >
      <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
        <Field label={copy.from} isRequired error={problem?.messageOf("from")}>
          <Input type="datetime-local" required value={from} onChange={change(setFrom)} />
        </Field>
        <Field label={copy.to} isRequired error={problem?.messageOf("to")}>
          <Input type="datetime-local" required value={to} onChange={change(setTo)} />
        </Field>
      </div>
      <Field label={copy.rate} error={problem?.messageOf("rate_per_s")}>
        <Input
          type="number"
          min={0.01}
          step="any"
          required
          className="max-w-32"
          value={rate}
          onChange={change(setRate)}
        />
      </Field>
      <div role="status">
        {moments ? (
          <>
            <p>{copy.matched(moments.length)}</p>
            {moments.length > 0 ? (
              <p className="text-muted">
                <Time at={moments[0]} isAbsolute /> – <Time at={moments.at(-1)} isAbsolute />
              </p>
            ) : null}
          </>
        ) : null}
      </div>
    </FormDialog>
  );
}

function Started({ jobId, onClose }: { readonly jobId: string; readonly onClose: () => void }) {
  const job = useJob(jobId);
  const { progress, error, finished_at } = job.data ?? {};
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={copy.backfillTitle}
      footer={
        <Button variant="primary" onClick={onClose}>
          {copy.close}
        </Button>
      }
    >
      <p role="status">
        {error ? <span className="text-err">{error.message}</span> : null}
        {progress ? copy.started(progress.done, progress.total) : null}
        {finished_at && !error ? ` ${copy.jobDone}` : null}
      </p>
    </Dialog>
  );
}
