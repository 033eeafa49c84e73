/** Which answers a task offers, and what each sends. */
import type { components } from "@/api";
import { copy } from "./copy";
import type { HumanTask } from "./queries";

export type Reply = components["schemas"]["RespondInputRequest"];

export interface Answer {
  readonly value: string;
  readonly label: string;
  readonly isRefusal: boolean;
}

const OFFERED: Readonly<Record<string, readonly Answer[]>> = {
  approval: [
    { value: "approve", label: copy.approve, isRefusal: false },
    { value: "reject", label: copy.reject, isRefusal: true },
  ],
  error_recovery: [
    { value: "retry", label: copy.retry, isRefusal: false },
    { value: "skip", label: copy.skip, isRefusal: false },
    { value: "stop", label: copy.stop, isRefusal: true },
  ],
};

/** Returns a button for each answer; none where a text or a form is sent as it is. */
export function answersOf(task: Pick<HumanTask, "type" | "options" | "form">): readonly Answer[] {
  const named = new Map(task.options.map(({ value, label }) => [value, label]));
  const offered = OFFERED[task.type];
  const isOpen = (value: string) => task.type !== "error_recovery" || named.size === 0 || named.has(value);
  if (offered)
    return offered
      .filter(({ value }) => isOpen(value))
      .map((one) => ({ ...one, label: named.get(one.value) ?? one.label }));
  if (task.type === "clarification" && task.form !== null) return [];
  return task.options.map(({ value, label }) => ({ value, label, isRefusal: false }));
}

/** Returns what is sent for a choice: a question is answered by its data, everything else by an action. */
export function replyOf(task: Pick<HumanTask, "type">, value: string, data: unknown, comment: string): Reply {
  const more = comment.trim() === "" ? {} : { comment };
  if (task.type === "clarification") return { action: "answer", data: data === undefined ? value : data, ...more };
  return { action: value, ...(data === undefined ? {} : { data }), ...more };
}
