/** Reading an event's data. It comes from the server, but a newer one may say more or less: nothing is taken for granted. */

import { isJsonObject, type Json, type JsonObject } from "../json";
import type { ExecutionError, ExecutionStatus, RunEvent } from "../runTypes";
import type { PlanTask, WaitReason } from "./state";

const STATUSES: ReadonlySet<string> = new Set([
  "pending",
  "running",
  "waiting",
  "paused",
  "completed",
  "failed",
  "cancelled",
  "timeout",
]);

export const text = (value: Json | undefined): string | null => (typeof value === "string" ? value : null);
export const number = (value: Json | undefined): number | null => (typeof value === "number" ? value : null);

export function counts(value: Json | undefined): Record<string, number> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, count]) => (typeof count === "number" ? [[key, count]] : [])),
  );
}

export function errorOf(value: Json | undefined): ExecutionError | null {
  if (!isJsonObject(value)) return null;
  return {
    code: text(value.code) ?? "",
    message: text(value.message) ?? "",
    node_id: text(value.node_id),
    ...(isJsonObject(value.details) ? { details: value.details } : {}),
  };
}

export function progressOf(data: JsonObject): { done: number; total: number } | null {
  const [done, total] = [number(data.done), number(data.total)];
  return done === null || total === null ? null : { done, total };
}

export function planOf(value: Json | undefined): PlanTask[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).map((task, at) => ({
    order: number(task.order) ?? at + 1,
    action: text(task.action) ?? "",
    status: text(task.status) ?? "",
  }));
}

export function waitOf(event: RunEvent): WaitReason {
  return {
    reason: text(event.data.reason) ?? "",
    nodeId: event.node_id ?? text(event.data.node_id),
    since: event.at,
    until: text(event.data.until),
    humanTaskId: text(event.data.human_task_id),
  };
}

/** Return the status that an event names, if it is one. */
export function statusOf(data: JsonObject): ExecutionStatus | null {
  const named = text(data.status);
  // Only values of the list pass.
  return named !== null && STATUSES.has(named) ? (named as ExecutionStatus) : null;
}
