import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { Textarea } from "@/ui/Textarea";
import { copy } from "./copy";
import { type CustomNode, reviewNode } from "./queries";

/** An administrator's decision about a node that waits for it. */
export function ReviewPanel({ node: { id, status } }: { readonly node: CustomNode }) {
  const [isRejecting, setIsRejecting] = useState(false);
  const [reason, setReason] = useState("");
  const refresh = ["custom-nodes", "nodes"];
  const approve = useAction(() => reviewNode(id, { decision: "approve" }), { refresh, done: copy.approved });
  const reject = useAction(() => reviewNode(id, { decision: "reject", reason: reason.trim() }), {
    refresh,
    isShown: true,
    onDone: () => setIsRejecting(false),
  });
  if (status !== "pending") return null;
  return (
    <Card title={copy.review}>
      <div className="flex flex-wrap items-center gap-2">
        <p className="min-w-60 flex-1 text-muted">{copy.reviewText}</p>
        <Button onClick={() => setIsRejecting(true)}>{copy.reject}</Button>
        <Button variant="primary" isBusy={approve.isBusy} onClick={() => approve.run()}>
          {copy.approve}
        </Button>
      </div>
      {isRejecting ? (
        <FormDialog
          title={copy.rejectTitle}
          submitLabel={copy.reject}
          isBusy={reject.isBusy}
          problem={reject.problem}
          fields={["reason"]}
          onSubmit={() => reject.run()}
          onClose={() => setIsRejecting(false)}
        >
          <Field label={copy.reason} help={copy.reasonHelp} isRequired error={reject.problem?.messageOf("reason")}>
            <Textarea value={reason} required autoFocus onChange={(event) => setReason(event.target.value)} />
          </Field>
        </FormDialog>
      ) : null}
    </Card>
  );
}
