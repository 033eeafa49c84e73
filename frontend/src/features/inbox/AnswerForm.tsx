import { useState } from "react";
import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Textarea } from "@/ui/Textarea";
import { copy } from "./copy";
import { FormFields } from "./FormFields";
import { dataOf, fieldsOf } from "./formFields";
import { type HumanTask, useRespond } from "./queries";

const REFUSING = new Set(["reject", "stop"]);

/** What each type of task offers where its author named no options of his own. */
const OFFERED: Readonly<Record<string, readonly { readonly value: string; readonly label: string }[]>> = {
  approval: [
    { value: "approve", label: copy.approve },
    { value: "reject", label: copy.reject },
  ],
  error_recovery: [
    { value: "retry", label: copy.retry },
    { value: "skip", label: copy.skip },
    { value: "stop", label: copy.stop },
  ],
};

/** The form of an open task, with a button for each answer. */
export function AnswerForm({ task }: { readonly task: HumanTask }) {
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const [comment, setComment] = useState("");
  const [answer, setAnswer] = useState("");
  const [isBroken, setIsBroken] = useState(false);
  const { mutate, isPending, error } = useRespond(task.id);
  const problem = error ? asProblem(error) : null;
  const fields = fieldsOf(task.form);
  const isQuestion = task.type === "clarification";
  const send = (value: string) => {
    try {
      const data = fields.length > 0 ? dataOf(task.form, texts) : undefined;
      setIsBroken(false);
      const given = comment ? { comment } : {};
      if (isQuestion) mutate({ action: "answer", data: data ?? value, ...given });
      else mutate({ action: value, ...(data ? { data } : {}), ...given });
    } catch {
      setIsBroken(true);
    }
  };
  const options = task.options.length > 0 ? task.options : (OFFERED[task.type] ?? []);
  const needsText = isQuestion && fields.length === 0 && options.length === 0;
  const hasButtons = options.length > 0 && !(isQuestion && fields.length > 0);
  return (
    <div className="flex flex-col gap-4">
      <FormFields
        fields={fields}
        texts={texts}
        problem={problem}
        onChange={(name, text) => setTexts({ ...texts, [name]: text })}
      />
      {needsText ? (
        <Field label={copy.answerLabel} isRequired>
          <Textarea value={answer} onChange={(event) => setAnswer(event.target.value)} />
        </Field>
      ) : null}
      <Field label={copy.comment}>
        <Textarea rows={2} value={comment} maxLength={2000} onChange={(event) => setComment(event.target.value)} />
      </Field>
      <div role="alert" className="text-err empty:hidden">
        {isBroken
          ? copy.badJson
          : problem
            ? problem.code === "human_task_closed"
              ? copy.closed
              : problem.detail || problem.title
            : null}
      </div>
      <div className="flex flex-wrap gap-2 max-md:flex-col">
        {hasButtons ? (
          options.map(({ value, label }, at) => (
            <Button
              key={value}
              size="large"
              variant={REFUSING.has(value) ? "danger" : at === 0 ? "primary" : "secondary"}
              disabled={isPending}
              onClick={() => send(value)}
            >
              {label}
            </Button>
          ))
        ) : (
          <Button
            size="large"
            variant="primary"
            isBusy={isPending}
            disabled={needsText && answer.trim() === ""}
            onClick={() => send(answer)}
          >
            {copy.send}
          </Button>
        )}
      </div>
    </div>
  );
}
