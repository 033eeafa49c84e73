import { useState } from "react";
import { Link } from "react-router";
import { Button } from "@/ui/Button";
import { Duration } from "@/ui/Duration";
import { PageHeader } from "@/ui/PageHeader";
import { StatusBadge } from "@/ui/StatusBadge";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { isActive, type NodeRun, type RunDetail, useControl, useWhy } from "./queries";
import { RerunDialog } from "./RerunDialog";

interface RunHeaderProps {
  readonly run: RunDetail;
  readonly node: NodeRun | undefined;
}

/** The head of a run: its state, why it waits, and what can be done with it. */
export function RunHeader({ run, node }: RunHeaderProps) {
  const [isAsking, setIsAsking] = useState(false);
  const { mutate, isPending } = useControl(run.id);
  const isLive = isActive(run.status);
  const canResume = run.status === "paused" || run.pause_requested;
  const why = useWhy(run.id, ["pending", "waiting", "paused"].includes(run.status));
  return (
    <>
      <PageHeader
        title={run.workflow_name}
        description={
          <span className="flex flex-wrap items-center gap-2">
            <StatusBadge status={run.status} />
            <Time at={run.started_at ?? run.created_at} />
            <Duration ms={run.duration_ms} since={isLive ? run.started_at : null} />
          </span>
        }
        actions={
          isLive ? (
            <>
              <Button disabled={isPending} onClick={() => mutate(canResume ? "resume" : "pause")}>
                {canResume ? copy.resume : copy.pause}
              </Button>
              <Button variant="danger" disabled={isPending} onClick={() => mutate("stop")}>
                {copy.stop}
              </Button>
            </>
          ) : (
            <Button variant="primary" onClick={() => setIsAsking(true)}>
              {copy.rerun}
            </Button>
          )
        }
      />
      {isLive
        ? why.data?.reasons.map((reason) => (
            <p key={`${reason.code}${reason.node_id}`} className="mx-6 mb-2 rounded-control bg-wait-tint px-3 py-2">
              {reason.message}{" "}
              {reason.human_task_id ? (
                <Link className="text-accent underline" to={`/inbox/${reason.human_task_id}`}>
                  {copy.answerTask}
                </Link>
              ) : null}
            </p>
          ))
        : null}
      {isAsking ? <RerunDialog run={run} node={node} onClose={() => setIsAsking(false)} /> : null}
    </>
  );
}
