/** The filters of the list of runs, as they stand in the address. */
import type { components } from "@/api";
import type { RunSummary } from "../queries";

export const STATUSES: readonly RunSummary["status"][] = [
  "pending",
  "running",
  "waiting",
  "paused",
  "completed",
  "failed",
  "timeout",
  "cancelled",
];

export const TRIGGERS: readonly RunSummary["trigger"][] = [
  "manual",
  "api",
  "webhook",
  "schedule",
  "form",
  "chat",
  "event",
  "sub_workflow",
];

const HOUR_MS = 3_600_000;
export const PERIODS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS, month: 720 * HOUR_MS } as const;
export type Period = keyof typeof PERIODS;

export interface RunFilters {
  readonly status: RunSummary["status"] | "";
  readonly trigger: RunSummary["trigger"] | "";
  readonly period: Period | "";
  readonly workflow: string;
  readonly error: string;
  readonly search: string;
  readonly page: number;
}

export type BulkFilter = components["schemas"]["BulkFilterRequest"];

function isPeriod(value: string | null): value is Period {
  return value !== null && Object.hasOwn(PERIODS, value);
}

export function filtersOf(params: URLSearchParams): RunFilters {
  const period = params.get("period");
  return {
    status: STATUSES.find((one) => one === params.get("status")) ?? "",
    trigger: TRIGGERS.find((one) => one === params.get("trigger")) ?? "",
    period: isPeriod(period) ? period : "",
    workflow: params.get("workflow") ?? "",
    error: params.get("error") ?? "",
    search: params.get("search") ?? "",
    page: Math.max(1, Number(params.get("page")) || 1),
  };
}

/** Returns the moment from which a period counts, on the minute, so that equal questions stay equal for a while. */
export function since(period: Period, now: number): string {
  return new Date(Math.floor((now - PERIODS[period]) / 60_000) * 60_000).toISOString();
}

/**
 * Returns the same filters as bulk verbs take them; null where they cannot say it or nothing is filtered, for then
 * the verb would reach further than the list that a person sees.
 */
export function bulkFilterOf(filters: RunFilters, now: number): BulkFilter | null {
  const { status, trigger, period, workflow, error, search } = filters;
  if (trigger || search || !(status || period || workflow || error)) return null;
  return {
    ...(status ? { status } : {}),
    ...(workflow ? { workflow_id: workflow } : {}),
    ...(error ? { error_code: error } : {}),
    ...(period ? { created_after: since(period, now) } : {}),
  };
}
