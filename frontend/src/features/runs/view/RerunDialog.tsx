import { useState } from "react";
import { useNavigate } from "react-router";
import { jsonText, parseJson } from "@/domain/exactJson";
import type { RerunStart } from "@/domain/rerun";
import { useLiveRun } from "@/features/liveRun";
import { useWorkflowHead } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Checkbox } from "@/ui/Checkbox";
import { CodeEditor } from "@/ui/CodeEditor";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { copy } from "../copy";
import { type RunDetail, useRerun } from "../queries";
import { runPath } from "../runPath";
import type { Choice } from "./choice";
import { RerunPlanView } from "./RerunPlanView";

interface RerunDialogProps {
  readonly run: RunDetail;
  readonly choice: Choice | null;
  readonly onClose: () => void;
}

type From = "failed" | "start" | "node";
type Version = "same" | "current" | "deployed";

/** Returns what may run again; what is deployed is named where it is not what ran. */
function versionsOf(ran: number | null, deployed: number | null) {
  const known: { readonly value: Version; readonly label: string }[] = [
    { value: "same", label: ran === null ? copy.ranDraft : copy.ranVersion(ran) },
    { value: "current", label: copy.versionCurrent },
  ];
  if (deployed !== null && deployed !== ran) known.push({ value: "deployed", label: copy.versionDeployed(deployed) });
  return known;
}

/** Asks where a new run begins, and says before it starts which nodes run again and which are reused. */
export function RerunDialog({ run, choice, onClose }: RerunDialogProps) {
  const canFinish = useLiveRun((live) => live.run.status ?? run.status) !== "completed";
  // A person who looks at another node than the one that failed means that one.
  const isElsewhere = choice !== null && choice.nodeId !== run.error?.node_id;
  const [from, setFrom] = useState<From>(isElsewhere ? "node" : canFinish ? "failed" : "start");
  const [version, setVersion] = useState<Version>("same");
  const [isEdited, setIsEdited] = useState(false);
  const [text, setText] = useState(() => jsonText(run.input ?? {}, 2));
  const deployed = useWorkflowHead(run.workflow_id)?.deployedVersion ?? null;
  const navigate = useNavigate();
  const { mutate, isPending, error } = useRerun(run.id, (id) => {
    onClose();
    void navigate(runPath({ ...run, id }));
  });
  const label = run.node_runs.find((one) => one.node_id === choice?.nodeId)?.node_label ?? choice?.nodeId ?? "";
  const options = [
    ...(canFinish ? [{ value: "failed" as const, label: copy.fromFailed }] : []),
    ...(choice ? [{ value: "node" as const, label: copy.fromNode(label) }] : []),
    { value: "start" as const, label: copy.fromStart },
  ];
  const start: RerunStart = from === "node" && choice ? choice : from === "failed" ? "failed" : "start";
  const takesInput = isEdited && start === "start";
  const input = takesInput ? parsed(text) : null;
  const begin = () =>
    mutate({
      from: typeof start === "string" ? start : { node_id: start.nodeId, path: start.path },
      version: version === "deployed" ? String(deployed) : version,
      ...(input ? { input: input.value } : {}),
    });
  return (
    <Dialog
      isOpen
      size="medium"
      onClose={onClose}
      title={copy.rerunTitle}
      description={copy.rerunText}
      footer={
        <>
          <Button onClick={onClose}>{copy.cancel}</Button>
          <Button variant="primary" isBusy={isPending} disabled={takesInput && input === null} onClick={begin}>
            {copy.rerunAs[version]}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
          <Field label={copy.from}>
            <Select value={from} options={options} onChange={setFrom} />
          </Field>
          <Field label={copy.version} help={copy.versionHelp[version]}>
            <Select value={version} options={versionsOf(run.version, deployed)} onChange={setVersion} />
          </Field>
        </div>
        <RerunPlanView run={run} start={start} isSameVersion={version === "same"} />
        {start === "start" ? (
          <>
            <Checkbox label={copy.editInput} checked={isEdited} onChange={setIsEdited} />
            {isEdited ? (
              <Field label={copy.runInput} error={input === null ? copy.badJson : undefined}>
                <CodeEditor language="json" label={copy.runInput} value={text} onChange={setText} />
              </Field>
            ) : null}
          </>
        ) : null}
        {error ? (
          <p role="alert" className="text-err">
            {error.message}
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}

function parsed(text: string): { readonly value: unknown } | null {
  try {
    const value: unknown = parseJson(text);
    return { value };
  } catch {
    return null;
  }
}
