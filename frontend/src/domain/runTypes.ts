/** Runs as they are on the wire: executions, node runs, events, and what the compiler finds. */

import type { Item } from "./definition";
import type { JsonObject } from "./json";

export type ExecutionStatus =
  | "pending"
  | "running"
  | "waiting"
  | "paused"
  | "completed"
  | "failed"
  | "cancelled"
  | "timeout";

export type NodeRunStatus = "running" | "waiting" | "completed" | "failed" | "skipped" | "cancelled";

export interface ExecutionError {
  code: string;
  message: string;
  node_id?: string | null;
  node_label?: string | null;
  path?: string | null;
  retryable?: boolean;
  details?: JsonObject;
}

export interface Waiting {
  reason: string;
  node_id: string | null;
  since: string | null;
  until: string | null;
  human_task_id: string | null;
  signal: string | null;
}

export interface Execution {
  id: string;
  workflow_id: string;
  workflow_name: string;
  version: number | null;
  definition_hash: string;
  status: ExecutionStatus;
  mode: "production" | "manual" | "test" | "partial";
  trigger: string;
  trigger_node_id: string | null;
  end_reason: string | null;
  error: ExecutionError | null;
  progress: { done: number; total: number };
  current_node_ids: string[];
  waiting: Waiting | null;
  pause_requested: boolean;
  last_sequence: number;
  retry_of_id: string | null;
  parent_execution_id: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  duration_ms: number | null;
}

/** What changes while a run goes on; a run's output, which may be large, is not in it. */
export type ExecutionState = Pick<
  Execution,
  "id" | "status" | "progress" | "waiting" | "end_reason" | "error" | "last_sequence" | "started_at" | "finished_at"
>;

export interface Attempt {
  number: number;
  started_at: string | null;
  finished_at: string | null;
  error: ExecutionError | null;
}

export interface NodeRun {
  id: string;
  node_id: string;
  node_label: string;
  kind: string;
  path: string;
  status: NodeRunStatus;
  attempt: number;
  max_attempts: number;
  attempts: Attempt[];
  inputs: Record<string, Item[]>;
  outputs: Record<string, Item[]>;
  item_counts?: Record<string, number>;
  active_handles: string[];
  error: ExecutionError | null;
  effect: "pure" | "read" | "write";
  reused: boolean;
  pinned: boolean;
  cached: boolean;
  child_execution_id: string | null;
  human_task_id: string | null;
  logs: string[];
  started_at: string | null;
  finished_at: string | null;
  duration_ms: number | null;
}

export interface RunEvent {
  seq: number | null;
  type: string;
  at: string;
  execution_id: string;
  node_id: string | null;
  path: string;
  data: JsonObject;
}

export interface Diagnostic {
  code: string;
  severity: "error" | "warning";
  node_id: string | null;
  edge_id: string | null;
  field: string | null;
  message: string;
  related: string[];
}
