/** What events of the run itself change. */

import type { RunEvent } from "../runTypes";
import { errorOf, number, statusOf, text, waitOf } from "./reading";
import type { NodeRunState, RunState, WaitReason } from "./state";

/** Return the state with what an event of the run itself says. */
export function reduceExecution(state: RunState, event: RunEvent): RunState {
  const { data } = event;
  const status = statusOf(data) ?? state.status;
  const total = number(data.total);
  const made: RunState = { ...state, executionId: event.execution_id, status, waiting: null };
  switch (event.type) {
    case "execution.started":
      return {
        ...made,
        startedAt: state.startedAt ?? event.at,
        progress: total === null ? state.progress : { ...state.progress, total },
      };
    case "execution.waiting": {
      const waiting = waitOf(event);
      // A run waits only when none of its nodes can go on: those that were running wait as well.
      const runs = new Map([...state.runs].map(([key, run]) => [key, halted(run, waiting)]));
      return { ...made, waiting, runs };
    }
    case "execution.completed":
    case "execution.failed":
    case "execution.cancelled":
      return {
        ...made,
        isFinal: true,
        endReason: text(data.end_reason),
        error: errorOf(data.error),
        finishedAt: event.at,
        durationMs: number(data.duration_ms),
        openTasks: {},
        runs: new Map([...state.runs].map(([key, run]) => [key, ended(run)])),
        steps: new Map([...state.steps].map(([key, step]) => [key, ended(step)])),
      };
    default:
      return made;
  }
}

function halted(run: NodeRunState, waiting: WaitReason): NodeRunState {
  return run.status === "running" ? { ...run, status: "waiting", waiting: { ...waiting, nodeId: run.nodeId } } : run;
}

/** Nothing goes on in a run that is over. */
function ended(run: NodeRunState): NodeRunState {
  if (!["running", "waiting", "retrying"].includes(run.status)) return run;
  return { ...run, status: "cancelled", waiting: null, retryAt: null };
}
