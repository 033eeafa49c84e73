/** The node runs of a run as a tree in time: rounds stand under their loop, what ran in a round under the round. */

import { newNodeRun } from "./run/nodeState";
import { type NodeRunState, runKey } from "./run/state";

export interface TimelineEntry {
  readonly key: string;
  readonly run: NodeRunState;
  /** Counted from 1 where this is a round of a loop. */
  readonly round: number | null;
  readonly children: readonly TimelineEntry[];
  /** Something in here failed. */
  readonly holdsFailure: boolean;
}

export interface TimelineRow extends TimelineEntry {
  readonly depth: number;
  readonly isOpen: boolean;
}

interface Step {
  readonly loop: string;
  readonly round: number;
}

/** Returns the last step of a path: in which round of which loop something ran. */
export function lastStep(path: string): Step | null {
  if (path === "") return null;
  const step = path.slice(path.lastIndexOf("/") + 1);
  const at = step.lastIndexOf(":");
  return { loop: step.slice(0, at), round: Number(step.slice(at + 1)) };
}

function outer(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** Returns the key of what a node run stands under; null at the top. */
function parentKey(run: NodeRunState): string | null {
  const step = lastStep(run.path);
  if (step === null) return null;
  return step.loop === run.nodeId ? runKey(run.nodeId, outer(run.path)) : runKey(step.loop, run.path);
}

function inTime(left: NodeRunState, right: NodeRunState): number {
  const [one, other] = [left.startedAt ?? "~", right.startedAt ?? "~"];
  if (one !== other) return one < other ? -1 : 1;
  return (lastStep(left.path)?.round ?? -1) - (lastStep(right.path)?.round ?? -1);
}

/** Returns the rounds that a path leads through, counted from 1, the outermost first. */
export function roundsOf(path: string): number[] {
  return path
    .split("/")
    .map(lastStep)
    .flatMap((step) => (step === null ? [] : step.round + 1));
}

/** Returns the tree. No event tells of rounds, so one that is not known to have ended is made up from what is in it. */
export function timelineOf(known: ReadonlyMap<string, NodeRunState>): TimelineEntry[] {
  const runs = withRounds(known);
  const under = new Map<string | null, NodeRunState[]>();
  for (const run of [...runs.values()].sort(inTime)) {
    const parent = parentKey(run);
    const place = parent !== null && runs.has(parent) ? parent : null;
    const siblings = under.get(place);
    if (siblings) siblings.push(run);
    else under.set(place, [run]);
  }
  const entries = (parent: string | null): TimelineEntry[] =>
    (under.get(parent) ?? []).map((run) => {
      const key = runKey(run.nodeId, run.path);
      const children = entries(key);
      const step = lastStep(run.path);
      return {
        key,
        run,
        round: step?.loop === run.nodeId ? step.round + 1 : null,
        children,
        holdsFailure: run.status === "failed" || children.some((child) => child.holdsFailure),
      };
    });
  return entries(null);
}

function withRounds(known: ReadonlyMap<string, NodeRunState>): ReadonlyMap<string, NodeRunState> {
  const made = new Map<string, NodeRunState>();
  for (const run of known.values()) {
    // A round cannot say itself that it goes on: it would never end.
    if (lastStep(run.path)?.loop === run.nodeId && run.finishedAt === null) continue;
    let inner = run;
    for (let path = run.path; path !== ""; path = outer(path)) {
      const loop = lastStep(path)?.loop ?? "";
      const key = runKey(loop, path);
      const ended = known.get(key);
      if (ended?.finishedAt) {
        inner = ended;
        continue;
      }
      const round = made.get(key) ?? newNodeRun(loop, path);
      const next = grown(round, inner, known.get(runKey(loop, outer(path)))?.label ?? loop);
      made.set(key, next);
      inner = next;
    }
  }
  return new Map([...known, ...made]);
}

/** Returns a round that is made up, with one more node run in it. */
function grown(round: NodeRunState, inner: NodeRunState, label: string): NodeRunState {
  const isNew = round.startedAt === null;
  const goesOn = inner.finishedAt === null || (!isNew && round.finishedAt === null);
  const startedAt = isNew || (inner.startedAt ?? "~") < (round.startedAt ?? "") ? inner.startedAt : round.startedAt;
  const finishedAt = goesOn
    ? null
    : (inner.finishedAt ?? "") > (round.finishedAt ?? "")
      ? inner.finishedAt
      : round.finishedAt;
  const durationMs = startedAt && finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : null;
  const hasFailed = inner.status === "failed" && !inner.handled;
  const status = hasFailed || round.status === "failed" ? "failed" : goesOn ? "running" : "completed";
  return { ...round, label, startedAt, finishedAt, durationMs, status };
}

/** Returns the keys of all that a node run stands under, whether it is known or made up. */
export function ancestorsOf(nodeId: string, path: string): string[] {
  const found: string[] = [];
  for (let at = path, id = nodeId; at !== ""; at = outer(at)) {
    const loop = lastStep(at)?.loop ?? "";
    if (loop !== id) found.push(runKey(loop, at));
    found.push(runKey(loop, outer(at)));
    id = loop;
  }
  return found;
}

/** Returns the tree as rows, of which those below a closed one are left out. */
export function rowsOf(entries: readonly TimelineEntry[], isOpen: (entry: TimelineEntry) => boolean): TimelineRow[] {
  const rows: TimelineRow[] = [];
  const add = (list: readonly TimelineEntry[], depth: number) => {
    for (const entry of list) {
      const open = entry.children.length > 0 && isOpen(entry);
      rows.push({ ...entry, depth, isOpen: open });
      if (open) add(entry.children, depth + 1);
    }
  };
  add(entries, 0);
  return rows;
}

/** From when to when the bars go, in ms since 1970; to `now` while the run goes on. */
export function spanOf(runs: Iterable<NodeRunState>, now: number): { readonly from: number; readonly to: number } {
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const run of runs) {
    if (run.reused || run.startedAt === null) continue;
    const [start, end] = barOf(run, now);
    from = Math.min(from, start);
    to = Math.max(to, end);
  }
  return from > to ? { from: now, to: now + 1 } : { from, to: Math.max(to, from + 1) };
}

/** Returns a node run's start and end; one that goes on ends now. */
export function barOf(run: NodeRunState, now: number): readonly [number, number] {
  const start = run.startedAt === null ? now : Date.parse(run.startedAt);
  const goesOn =
    run.finishedAt === null && (run.status === "running" || run.status === "waiting" || run.status === "retrying");
  if (goesOn) return [start, Math.max(start, now)];
  if (run.finishedAt !== null) return [start, Math.max(start, Date.parse(run.finishedAt))];
  return [start, start + (run.durationMs ?? 0)];
}
