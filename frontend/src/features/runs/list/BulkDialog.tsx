import { useState } from "react";
import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { copy } from "../copy";
import { BulkProgress } from "./BulkProgress";
import { type BulkChoice, type BulkTarget, type BulkVerb, useBulk, useMatched } from "./bulk";

interface BulkDialogProps {
  readonly verb: BulkVerb;
  readonly target: BulkTarget;
  readonly onClose: () => void;
  /** The runs were started or stopped: nothing needs to stay selected. */
  readonly onDone: () => void;
}

/** Says how many runs a bulk verb reaches, asks, and shows how far it is. */
export function BulkDialog({ verb, target, onClose, onDone }: BulkDialogProps) {
  const [choice, setChoice] = useState<BulkChoice>({ from: "failed", version: "same" });
  const matched = useMatched(verb, target);
  const { mutate, data: job, isPending, error } = useBulk(verb);
  const problem = error ?? matched.error;
  const count = matched.data ?? 0;
  const texts = copy.bulk[verb];
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={texts.title}
      description={job ? undefined : matched.data === undefined ? copy.counting : texts.count(count)}
      footer={
        job ? (
          <Button variant="primary" onClick={onClose}>
            {copy.close}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{copy.cancel}</Button>
            <Button
              variant={verb === "stop" ? "danger" : "primary"}
              disabled={count === 0}
              isBusy={isPending}
              onClick={() => mutate({ target, choice }, { onSuccess: onDone })}
            >
              {texts.confirm(count)}
            </Button>
          </>
        )
      }
    >
      {job ? (
        <BulkProgress job={job} verb={verb} />
      ) : verb === "retry" ? (
        <div className="flex flex-col gap-4">
          <Field label={copy.from} help={copy.reuse[choice.from]}>
            <Select
              value={choice.from}
              options={[
                { value: "failed", label: copy.fromFailed },
                { value: "start", label: copy.fromStart },
              ]}
              onChange={(from) => setChoice({ ...choice, from })}
            />
          </Field>
          <Field label={copy.version} help={copy.versionHelp[choice.version]}>
            <Select
              value={choice.version}
              options={[
                { value: "same", label: copy.versionSame },
                { value: "current", label: copy.versionCurrent },
              ]}
              onChange={(version) => setChoice({ ...choice, version })}
            />
          </Field>
        </div>
      ) : null}
      {problem ? (
        <p role="alert" className="mt-3 text-err">
          {asProblem(problem).message}
        </p>
      ) : null}
    </Dialog>
  );
}
