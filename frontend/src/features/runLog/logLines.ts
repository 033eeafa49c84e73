/** The lines of a run's log: what nodes printed, what they tried again, and where they failed. */
import type { components } from "@/api";

type NodeRun = components["schemas"]["NodeRunOutput"];

export type Level = "info" | "warning" | "error";

export interface Line {
  readonly key: string;
  readonly at: string;
  readonly nodeId: string | null;
  readonly label: string;
  readonly path: string;
  readonly level: Level;
  readonly text: string;
}

/** Returns the lines of one node run. What it printed carries no time of its own, so it gets that of its start. */
export function linesOf(run: NodeRun): Line[] {
  const base = { nodeId: run.node_id, label: run.node_label, path: run.path };
  const line = (name: string, at: string, level: Level, text: string): Line => ({
    ...base,
    key: `${run.id}:${name}`,
    at,
    level,
    text,
  });
  const printed = run.logs.map((text, at) => line(`log${at}`, run.started_at, "info", text));
  const tried = run.attempts
    .filter((one) => one.error !== null && one.number < run.attempt)
    .map((one) => line(`try${one.number}`, one.finished_at ?? run.started_at, "warning", one.error?.message ?? ""));
  const warned = run.warnings.map((one, at) => line(`warn${at}`, run.started_at, "warning", one.message));
  const failed = run.error ? [line("error", run.finished_at ?? run.started_at, "error", run.error.message)] : [];
  return [...printed, ...warned, ...tried, ...failed];
}
