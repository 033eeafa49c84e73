/** What each type of event changes. */

import { isJsonObject } from "../json";
import type { RunEvent } from "../runTypes";
import { reduceExecution } from "./executionEvents";
import { newNodeRun } from "./nodeState";
import { counts, errorOf, number, planOf, progressOf, text, waitOf } from "./reading";
import { type NodeRunState, type RunState, runKey, type WaitReason } from "./state";
import { nodePath, stepPlace } from "./stepPath";

const MAX_LOGS = 10_000;

/** Changes the node run that an event is of, or the step: what happens to a step does not happen to its node. */
function withRun(state: RunState, event: RunEvent, change: (run: NodeRunState) => Partial<NodeRunState>): RunState {
  if (event.node_id === null) return state;
  const part = stepPlace(event.node_id, event.path) === null ? "runs" : "steps";
  const key = runKey(event.node_id, event.path);
  const run = state[part].get(key) ?? newNodeRun(event.node_id, event.path);
  const label = text(event.data.label);
  const kind = text(event.data.kind);
  const named = { ...(label === null ? {} : { label }), ...(kind === null ? {} : { kind }) };
  return { ...state, [part]: new Map(state[part]).set(key, { ...run, ...named, ...change(run) }) };
}

function started(run: NodeRunState, event: RunEvent): Partial<NodeRunState> {
  const attempt = number(event.data.attempt) ?? (run.status === "retrying" ? run.attempt + 1 : run.attempt);
  return {
    status: "running",
    attempt,
    itemsIn: counts(event.data.items_in),
    startedAt: run.startedAt ?? event.at,
    finishedAt: null,
    retryAt: null,
    waiting: null,
    error: null,
    text: "",
    nextIndex: 0,
  };
}

function completed(event: RunEvent): Partial<NodeRunState> {
  const { data } = event;
  const handles = Array.isArray(data.active_handles) ? data.active_handles : [];
  return {
    status: "completed",
    nodeRunId: text(data.node_run_id),
    itemsOut: counts(data.items_out),
    activeHandles: handles.filter((handle) => typeof handle === "string"),
    preview: isJsonObject(data.preview) ? data.preview : null,
    truncated: data.truncated === true,
    reused: data.reused === true,
    pinned: data.pinned === true,
    finishedAt: event.at,
    durationMs: number(data.duration_ms),
    retryAt: null,
    waiting: null,
  };
}

function failed(run: NodeRunState, event: RunEvent): Partial<NodeRunState> {
  return {
    status: "failed",
    attempt: number(event.data.attempt) ?? run.attempt,
    error: errorOf(event.data.error),
    handled: event.data.handled === true,
    finishedAt: event.at,
    retryAt: null,
    waiting: null,
  };
}

function retrying(run: NodeRunState, event: RunEvent): Partial<NodeRunState> {
  const attempt = number(event.data.attempt) ?? run.attempt;
  const error = errorOf(event.data.error);
  return {
    status: "retrying",
    attempt,
    attempts: [...run.attempts, { number: attempt, started_at: run.startedAt, finished_at: event.at, error }],
    retryAt: text(event.data.next_at),
    error,
  };
}

/** Pieces of text come at once and may be lost: one that is not the next is kept from making a wrong text look whole. */
function delta(run: NodeRunState, event: RunEvent): Partial<NodeRunState> {
  const channel = text(event.data.channel) ?? "text";
  const piece = text(event.data.text);
  const index = number(event.data.index) ?? run.nextIndex;
  if (piece === null || channel !== "text" || index < run.nextIndex) return {};
  const gap = index > run.nextIndex ? "…" : "";
  return { text: run.text + gap + piece, nextIndex: index + 1 };
}

/** Changes the node run that an event of one of its steps is of. */
function withNode(state: RunState, event: RunEvent, change: Partial<NodeRunState>): RunState {
  if (event.node_id === null) return state;
  return withRun(state, { ...event, path: nodePath(event.node_id, event.path) }, () => change);
}

function logged(state: RunState, event: RunEvent): RunState {
  const line = {
    seq: event.seq ?? state.seq,
    at: event.at,
    nodeId: event.node_id,
    path: event.node_id === null ? event.path : nodePath(event.node_id, event.path),
    level: text(event.data.level) ?? "info",
    message: text(event.data.message) ?? "",
    source: text(event.data.source),
  };
  const kept = state.logs.length >= MAX_LOGS ? state.logs.slice(1 - MAX_LOGS) : state.logs;
  return { ...state, logs: [...kept, line] };
}

function taskOpened(state: RunState, event: RunEvent): RunState {
  const task = isJsonObject(event.data.task) ? event.data.task : event.data;
  const id = text(task.id) ?? text(task.human_task_id);
  const waiting: WaitReason = {
    reason: "human_task",
    nodeId: event.node_id,
    since: event.at,
    until: text(task.expires_at),
    humanTaskId: id,
  };
  const made = withRun(state, event, () => ({ status: "waiting", waiting }));
  return id === null ? made : { ...made, openTasks: { ...made.openTasks, [id]: event.node_id } };
}

function taskClosed(state: RunState, event: RunEvent): RunState {
  const id = text(event.data.human_task_id);
  const openTasks = Object.fromEntries(Object.entries(state.openTasks).filter(([key]) => key !== id));
  return { ...withRun(state, event, (run) => (run.waiting?.humanTaskId === id ? { waiting: null } : {})), openTasks };
}

/** Return the state with what an event says; one of an unknown type says nothing. */
export function reduceEvent(state: RunState, event: RunEvent): RunState {
  if (event.type.startsWith("execution.")) return reduceExecution(state, event);
  switch (event.type) {
    case "node.started":
      return withRun(state, event, (run) => started(run, event));
    case "node.completed":
      return withRun(state, event, () => completed(event));
    case "node.failed":
      return withRun(state, event, (run) => failed(run, event));
    case "node.retrying":
      return withRun(state, event, (run) => retrying(run, event));
    case "node.waiting":
      return withRun(state, event, () => ({ status: "waiting", waiting: waitOf(event) }));
    case "node.skipped":
      return withRun(state, event, () => ({
        status: "skipped",
        skippedBecause: text(event.data.reason),
        finishedAt: event.at,
      }));
    case "node.delta":
      return withRun(state, event, (run) => delta(run, event));
    case "tool.started":
      return withRun(state, event, () => ({ tool: text(event.data.tool) }));
    case "planning":
      return withNode(state, event, { plan: planOf(event.data.plan) });
    case "progress": {
      const progress = progressOf(event.data);
      if (progress === null) return state;
      return event.node_id === null ? { ...state, progress } : withRun(state, event, () => ({ progress }));
    }
    case "log":
      return logged(state, event);
    case "human_task.opened":
      return taskOpened(state, event);
    case "human_task.closed":
      return taskClosed(state, event);
    default:
      return state;
  }
}
