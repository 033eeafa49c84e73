import { type ReactNode, useState } from "react";
import { FormProblem, Loaded, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { Textarea } from "@/ui/Textarea";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { type Comment, say, unsay, useComments } from "./queries";

const DEEPEST = 4; // further answers stand on one level, or a phone has no room for them

/** The comments on a template, answers below what they answer. */
export function Comments({ templateId }: { readonly templateId: string }) {
  const query = useComments(templateId);
  return (
    <Card title={copy.comments}>
      <div className="flex flex-col gap-4">
        <Loaded query={query}>
          {(rows) =>
            rows.length === 0 ? (
              <p className="text-muted">{copy.noComments}</p>
            ) : (
              <Thread templateId={templateId} rows={rows} parent={null} depth={0} />
            )
          }
        </Loaded>
        <CommentForm templateId={templateId} parent={null} label={copy.comment} />
      </div>
    </Card>
  );
}

interface ThreadProps {
  readonly templateId: string;
  readonly rows: readonly Comment[];
  readonly parent: string | null;
  readonly depth: number;
}

function Thread({ templateId, rows, parent, depth }: ThreadProps): ReactNode {
  const here = rows.filter((row) => row.parent_id === parent);
  if (here.length === 0) return null;
  return (
    <ul className={depth > 0 && depth <= DEEPEST ? "flex flex-col gap-3 border-l pl-3" : "flex flex-col gap-3"}>
      {here.map((row) => (
        <li key={row.id} className="flex min-w-0 flex-col gap-2">
          <OneComment templateId={templateId} comment={row} />
          <Thread templateId={templateId} rows={rows} parent={row.id} depth={depth + 1} />
        </li>
      ))}
    </ul>
  );
}

function OneComment({ templateId, comment }: { readonly templateId: string; readonly comment: Comment }) {
  const [isAnswering, setIsAnswering] = useState(false);
  const remove = useAction(unsay, { refresh: ["templates"] });
  if (comment.is_removed) return <p className="text-muted">{copy.removed}</p>;
  const name = comment.author?.name ?? copy.gone;
  return (
    <>
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-medium">{name}</span>
        <span className="text-meta text-muted">
          <Time at={comment.created_at} />
        </span>
      </p>
      <p className="whitespace-pre-wrap break-words">{comment.body}</p>
      <p className="flex gap-1">
        <Button size="small" variant="ghost" aria-expanded={isAnswering} onClick={() => setIsAnswering(!isAnswering)}>
          {copy.answer}
        </Button>
        {comment.is_mine ? (
          <Button
            size="small"
            variant="ghost"
            isBusy={remove.isBusy}
            onClick={() => remove.run({ id: templateId, comment: comment.id })}
          >
            {copy.remove}
          </Button>
        ) : null}
      </p>
      {isAnswering ? (
        <CommentForm
          templateId={templateId}
          parent={comment.id}
          label={copy.answerTo(name)}
          onSent={() => setIsAnswering(false)}
        />
      ) : null}
    </>
  );
}

interface CommentFormProps {
  readonly templateId: string;
  readonly parent: string | null;
  readonly label: string;
  readonly onSent?: () => void;
}

function CommentForm({ templateId, parent, label, onSent }: CommentFormProps) {
  const [body, setBody] = useState("");
  const send = useAction(say, {
    refresh: ["templates"],
    isShown: true,
    onDone: () => {
      setBody("");
      onSent?.();
    },
  });
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        send.run({ id: templateId, body, parent_id: parent });
      }}
    >
      <Field label={label} error={send.problem?.messageOf("body")}>
        <Textarea maxLength={5000} value={body} onChange={(event) => setBody(event.target.value)} />
      </Field>
      <FormProblem problem={send.problem} fields={["body"]} />
      <Button type="submit" className="self-start" isBusy={send.isBusy} disabled={body.trim() === ""}>
        {copy.send}
      </Button>
    </form>
  );
}
