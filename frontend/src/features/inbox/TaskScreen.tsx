import { Link, useParams } from "react-router";
import { asProblem } from "@/api";
import { Card } from "@/ui/Card";
import { ErrorState } from "@/ui/ErrorState";
import { Markdown } from "@/ui/Markdown";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Skeleton";
import { StatusBadge } from "@/ui/StatusBadge";
import { Time } from "@/ui/Time";
import { AnswerForm } from "./AnswerForm";
import { copy } from "./copy";
import { type HumanTask, useTask } from "./queries";

/** One task: what is asked, what it is about, and the answer. */
export function TaskScreen() {
  const { task: id = "" } = useParams();
  const { data: task, error, refetch } = useTask(id);
  if (error && !task) return <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} />;
  if (!task) return <Skeleton className="m-6 h-64" />;
  return (
    <div className="mx-auto w-full max-w-180 pb-10">
      <title>{`${task.title} · ${copy.product}`}</title>
      <Link to="/inbox" className="block px-6 pt-4 text-muted hover:underline max-md:px-4">
        {`← ${copy.back}`}
      </Link>
      <PageHeader
        title={task.title}
        description={task.workflow_name}
        actions={<StatusBadge status={task.status} {...(task.status === "pending" ? { label: copy.waits } : {})} />}
      />
      <div className="flex flex-col gap-4 px-6 max-md:px-4">
        {task.message ? <Markdown text={task.message} /> : null}
        {Object.keys(task.context).length > 0 ? <Context context={task.context} /> : null}
        <Card title={copy.answer}>
          {task.status === "pending" ? <AnswerForm key={task.id} task={task} /> : <Given task={task} />}
        </Card>
        {task.expires_at && task.status === "pending" ? (
          <p className="text-muted">
            {copy.due} <Time at={task.expires_at} isAbsolute />. {copy.deadline(task.on_timeout === "proceed")}
          </p>
        ) : null}
        {task.workflow_id ? (
          <Link
            className="w-fit text-accent hover:underline"
            to={`/workflows/${task.workflow_id}/runs/${task.execution_id}`}
          >
            {copy.run}
          </Link>
        ) : null}
      </div>
    </div>
  );
}

function Context({ context }: { readonly context: HumanTask["context"] }) {
  return (
    <Card title={copy.context}>
      <dl className="grid grid-cols-[minmax(80px,auto)_1fr] gap-x-4 gap-y-2">
        {Object.entries(context).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 whitespace-pre-wrap break-words">
              {typeof value === "string" ? value : JSON.stringify(value, null, 2)}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function Given({ task }: { readonly task: HumanTask }) {
  const { response, responded_at: at, responded_by_id: who } = task;
  return (
    <div className="flex flex-col gap-2">
      <p className="flex flex-wrap items-center gap-2">
        <StatusBadge status={task.status} /> {at ? <Time at={at} /> : null}
        {who ? <span className="text-muted">{copy.answeredBy(who)}</span> : null}
      </p>
      {response?.comment ? <p className="whitespace-pre-wrap">{response.comment}</p> : null}
      {response?.data === null || response?.data === undefined ? null : (
        <pre className="overflow-x-auto rounded-control bg-raised p-3 text-meta">
          {JSON.stringify(response.data, null, 2)}
        </pre>
      )}
    </div>
  );
}
