import { Link } from "react-router";
import { asProblem } from "@/api";
import { type NodeRunState, runKey } from "@/domain/runState";
import { useLiveRun } from "@/features/liveRun";
import { useRefusal } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { Duration } from "@/ui/Duration";
import { ErrorState } from "@/ui/ErrorState";
import { Markdown } from "@/ui/Markdown";
import { Skeleton } from "@/ui/Skeleton";
import { StatusBadge } from "@/ui/StatusBadge";
import { copy } from "../copy";
import type { NodeRun, RunDetail } from "../queries";
import { runPath } from "../runPath";
import type { Choice } from "./choice";
import { NodeFailure } from "./NodeFailure";
import { NodeParts } from "./NodeParts";
import { useNodeRun } from "./queries";
import { RoundChooser } from "./RoundChooser";

interface NodePanelProps {
  readonly run: RunDetail;
  readonly choice: Choice;
  readonly onChoose: (choice: Choice) => void;
  readonly onRerun: () => void;
}

/** The chosen node run: how it went, and its data. */
export function NodePanel({ run, choice, onChoose, onRerun }: NodePanelProps) {
  const state = useLiveRun((live) => live.run.runs.get(runKey(choice.nodeId, choice.path)));
  const { data, error, refetch } = useNodeRun(run.id, choice.nodeId, choice.path, state?.status ?? "");
  const row = data?.node_id === choice.nodeId && data.path === choice.path ? data : undefined;
  const canRerun = useLiveRun((live) => live.run.isFinal) && state !== undefined;
  const refusal = useRefusal(run.workflow_id)("runner");
  const failure = row?.error ?? state?.error ?? null;
  return (
    <>
      <header className="flex flex-col gap-1 px-4 pt-3 pb-2">
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="min-w-0 truncate font-semibold text-panel">
            {state?.label || row?.node_label || choice.nodeId}
          </h2>
          {state ? <StatusBadge status={state.status} /> : null}
          <span className="flex-1" />
          <RoundChooser choice={choice} onChoose={onChoose} />
          {canRerun ? (
            <Button size="small" refusal={refusal} onClick={onRerun}>
              {copy.rerunFromHere}
            </Button>
          ) : null}
        </div>
        {state ? <Facts state={state} row={row} run={run} /> : <p className="text-muted">{copy.hasNotRun}</p>}
      </header>
      {failure ? <NodeFailure error={failure} attempts={row?.attempts ?? state?.attempts ?? []} /> : null}
      {state?.waiting?.humanTaskId ? (
        <p className="mx-4 mb-2 rounded-control bg-wait-tint px-3 py-2">
          <Link className="text-accent underline" to={`/inbox/${encodeURIComponent(state.waiting.humanTaskId)}`}>
            {copy.answerTask}
          </Link>
        </p>
      ) : null}
      {state?.text && state.status === "running" ? (
        <div className="mx-4 mb-2 max-h-60 overflow-y-auto rounded-control border p-3">
          <Markdown text={state.text} />
        </div>
      ) : null}
      {error && !row ? (
        <ErrorState isCompact problem={asProblem(error)} onRetry={() => void refetch()} />
      ) : row ? (
        <NodeParts key={row.id} row={row} />
      ) : state ? (
        <Skeleton className="m-4 h-32" />
      ) : null}
    </>
  );
}

interface FactsProps {
  readonly state: NodeRunState;
  readonly row: NodeRun | undefined;
  readonly run: RunDetail;
}

function Facts({ state, row, run }: FactsProps) {
  const goesOn = state.finishedAt === null && (state.status === "running" || state.status === "waiting");
  const facts = [
    state.reused ? copy.reusedFact : null,
    state.pinned ? copy.pinnedFact : null,
    state.attempt > 1 ? copy.attempt(state.attempt) : null,
    state.skippedBecause ? copy.skippedBecause(state.skippedBecause) : null,
    row && Number(row.cost_usd) > 0 ? `$${Number(row.cost_usd).toFixed(4)}` : null,
    row && row.tokens.input + row.tokens.output > 0 ? copy.tokens(row.tokens.input + row.tokens.output) : null,
  ].filter((fact) => fact !== null);
  const child = row?.child_execution_id;
  return (
    <p className="flex flex-wrap gap-x-2 text-muted">
      {state.status === "skipped" ? null : <Duration ms={state.durationMs} since={goesOn ? state.startedAt : null} />}
      {facts.map((fact) => (
        <span key={fact}>{`· ${fact}`}</span>
      ))}
      {child ? (
        <Link className="text-accent hover:underline" to={runPath({ id: child, workflow_id: run.workflow_id })}>
          {copy.childRun}
        </Link>
      ) : null}
    </p>
  );
}
