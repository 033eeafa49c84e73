import { useState } from "react";
import { Link, useParams } from "react-router";
import { ScreenProblem } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Markdown } from "@/ui/Markdown";
import { Skeleton } from "@/ui/Skeleton";
import { StatusBadge } from "@/ui/StatusBadge";
import { Time } from "@/ui/Time";
import { AnswerForm } from "./AnswerForm";
import { copy } from "./copy";
import { GivenAnswer } from "./GivenAnswer";
import { type HumanTask, useOwns, useTask, useTasks } from "./queries";
import { ReassignDialog } from "./ReassignDialog";
import { TaskContext } from "./TaskContext";

/** One task: what is asked, what it is about, and the answer. */
export function TaskScreen() {
  const { task: id = "" } = useParams();
  const { data: task, error, refetch } = useTask(id);
  const [tooLateFor, setTooLateFor] = useState<string | null>(null);
  if (error && !task) {
    return <ScreenProblem error={error} back={{ to: "/inbox", label: copy.back }} onRetry={() => void refetch()} />;
  }
  if (!task) return <Skeleton className="m-6 h-64" />;
  const isOpen = task.status === "pending";
  return (
    <div className="mx-auto w-full max-w-180 pb-10">
      <title>{`${task.title} · ${copy.product}`}</title>
      <Link to="/inbox" className="block w-fit px-6 pt-4 text-muted hover:underline max-md:px-4">
        {`← ${copy.back}`}
      </Link>
      <header className="flex flex-col gap-1 px-6 pt-3 pb-4 max-md:px-4">
        <h1 className="break-words font-semibold text-page">{task.title}</h1>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
          <StatusBadge status={isOpen ? "waiting" : task.status} {...(isOpen ? { label: copy.waits } : {})} />
          <About task={task} />
        </div>
      </header>
      <div className="flex flex-col gap-4 px-6 max-md:px-4">
        {task.message ? <Markdown text={task.message} /> : null}
        {Object.keys(task.context).length > 0 ? <TaskContext context={task.context} /> : null}
        <Card title={copy.answer}>
          {isOpen ? (
            <AnswerForm key={task.id} task={task} onTooLate={() => setTooLateFor(task.id)} />
          ) : (
            <GivenAnswer task={task} isTooLate={tooLateFor === task.id} />
          )}
        </Card>
        {isOpen && task.workflow_id ? <Reassign task={task} workflowId={task.workflow_id} /> : null}
        {isOpen ? <Deadline task={task} /> : <NextTask after={task.id} />}
      </div>
    </div>
  );
}

function About({ task }: { readonly task: HumanTask }) {
  return (
    <span className="flex flex-wrap gap-x-2">
      <span>{task.workflow_name}</span>
      {task.workflow_id ? (
        <Link
          className="text-accent hover:underline"
          to={`/workflows/${encodeURIComponent(task.workflow_id)}/runs/${encodeURIComponent(task.execution_id)}`}
        >
          {copy.run}
        </Link>
      ) : null}
      {task.required_answers > 1 ? <span>{copy.answers(task.answers_given, task.required_answers)}</span> : null}
    </span>
  );
}

function Reassign({ task, workflowId }: { readonly task: HumanTask; readonly workflowId: string }) {
  const [isOn, setIsOn] = useState(false);
  if (useOwns(workflowId).data !== true) return null;
  return (
    <>
      <Button className="self-start" onClick={() => setIsOn(true)}>
        {copy.reassign}
      </Button>
      {isOn ? <ReassignDialog task={task} workflowId={workflowId} onClose={() => setIsOn(false)} /> : null}
    </>
  );
}

/** Until when, and what happens then. */
function Deadline({ task: { expires_at: at, on_timeout: then } }: { readonly task: HumanTask }) {
  if (!at) return null;
  return (
    <p className="text-muted">
      {copy.due} <Time at={at} /> (<Time at={at} isAbsolute />
      ). {copy.deadline[then] ?? null}
    </p>
  );
}

function NextTask({ after }: { readonly after: string }) {
  const { data } = useTasks("open", 1);
  const next = data?.results.find((task) => task.id !== after);
  if (!next) return null;
  return (
    <Link className="w-fit text-accent hover:underline" to={`/inbox/${encodeURIComponent(next.id)}`}>
      {`${copy.next}: ${next.title} →`}
    </Link>
  );
}
