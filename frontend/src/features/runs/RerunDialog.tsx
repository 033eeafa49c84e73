import { useState } from "react";
import { useNavigate } from "react-router";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { copy } from "./copy";
import { type NodeRun, type RunDetail, useRerun } from "./queries";

interface RerunDialogProps {
  readonly run: RunDetail;
  readonly node: NodeRun | undefined;
  readonly onClose: () => void;
}

/** Asks where a new run begins, and says what is reused. */
export function RerunDialog({ run, node, onClose }: RerunDialogProps) {
  const canResume = run.status !== "completed";
  const [from, setFrom] = useState<"failed" | "start" | "node">(canResume ? "failed" : "start");
  const navigate = useNavigate();
  const { mutate, isPending } = useRerun(run.id, (id) => {
    onClose();
    void navigate(`/workflows/${run.workflow_id ?? "-"}/runs/${id}`);
  });
  const options = [
    ...(canResume ? [{ value: "failed" as const, label: copy.fromFailed }] : []),
    { value: "start" as const, label: copy.fromStart },
    ...(node ? [{ value: "node" as const, label: copy.fromNode(node.node_label) }] : []),
  ];
  const start = () =>
    mutate(from === "node" && node ? { node_id: node.node_id, path: node.path } : from === "node" ? "start" : from);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={copy.rerunTitle}
      footer={
        <>
          <Button onClick={onClose}>{copy.cancel}</Button>
          <Button variant="primary" isBusy={isPending} onClick={start}>
            {copy.rerun}
          </Button>
        </>
      }
    >
      <Field label={copy.from} help={copy.reuse[from]}>
        <Select value={from} options={options} onChange={setFrom} />
      </Field>
    </Dialog>
  );
}
