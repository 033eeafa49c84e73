import { lazy, Suspense, useRef, useState } from "react";
import { asProblem } from "@/api";
import { schemaFields, withDefaults } from "@/domain/form";
import type { JsonObject } from "@/domain/json";
import { setIn } from "@/domain/paths";
import { Field } from "@/ui/Field";
import { Skeleton } from "@/ui/Skeleton";
import { Textarea } from "@/ui/Textarea";
import { AnswerButtons } from "./AnswerButtons";
import { answersOf, replyOf } from "./answers";
import { copy } from "./copy";
import { type HumanTask, useRespond } from "./queries";
import { useAnswerRefusal } from "./useAnswerRefusal";

/** Controls for all that a schema can say are more than most tasks need. */
const ParamForm = lazy(async () => ({ default: (await import("@/features/inspector")).ParamForm }));

interface AnswerFormProps {
  readonly task: HumanTask;
  /** The task was closed before this answer came. */
  readonly onTooLate: () => void;
}

/** The form of an open task, with a button for each answer. */
export function AnswerForm({ task, onTooLate }: AnswerFormProps) {
  const [value, setValue] = useState<JsonObject>({});
  const [comment, setComment] = useState("");
  const [text, setText] = useState("");
  const [wasSent, setWasSent] = useState(false);
  const form = useRef<HTMLDivElement>(null);
  const { mutate, isPending, error, variables } = useRespond(task.id, onTooLate);
  const refusal = useAnswerRefusal(task);
  const problem = error ? asProblem(error) : null;
  // The OpenAPI calls JSON values `unknown`; the domain names them.
  const schema = task.form as JsonObject | null;
  const fields = schema ? schemaFields(schema) : [];
  const answers = answersOf(task);
  const needsText = task.type === "clarification" && fields.length === 0 && answers.length === 0;
  const send = (chosen: string) => {
    setWasSent(true);
    const isRefused = chosen === "reject";
    const data = schema && fields.length > 0 && !isRefused ? withDefaults(schema, value) : undefined;
    mutate(replyOf(task, chosen, data, comment), {
      onError: () => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus(),
    });
  };
  const inFields = problem?.errors.filter((one) => one.field.startsWith("data.")) ?? [];
  const elsewhere = problem && inFields.length === 0 ? problem : null;
  return (
    <div ref={form} className="flex flex-col gap-4">
      {schema && fields.length > 0 ? (
        <Suspense fallback={<Skeleton className="h-24" />}>
          <ParamForm
            fields={fields}
            schema={schema}
            value={value}
            isQuiet={!wasSent}
            isDisabled={isPending || refusal !== undefined}
            problems={inFields.map(({ field, code, message }) => ({
              path: field.slice("data.".length),
              code,
              message,
              severity: "error",
            }))}
            onChange={(path, next) => setValue((old) => setIn(old, path, next))}
          />
        </Suspense>
      ) : null}
      {needsText ? (
        <Field label={copy.answerLabel} isRequired>
          <Textarea value={text} disabled={refusal !== undefined} onChange={(event) => setText(event.target.value)} />
        </Field>
      ) : null}
      <Field label={copy.comment} help={copy.commentHelp}>
        <Textarea
          rows={2}
          value={comment}
          maxLength={2000}
          disabled={refusal !== undefined}
          onChange={(event) => setComment(event.target.value)}
        />
      </Field>
      {refusal ? <p className="text-muted">{refusal}</p> : null}
      <div role="alert" className="text-err empty:hidden">
        {elsewhere ? elsewhere.detail || elsewhere.title : null}
      </div>
      <AnswerButtons
        answers={answers}
        busy={isPending ? (variables?.action ?? null) : null}
        refusal={refusal}
        cannotSend={needsText && text.trim() === ""}
        onSend={(chosen) => send(chosen ?? text)}
      />
    </div>
  );
}
