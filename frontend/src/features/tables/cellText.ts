import { jsonText, parseJson } from "@/domain/exactJson";
import type { ColumnType } from "./queries";

/** Returns a value as it stands in a field; "" for none. */
export function cellText(value: unknown, type: ColumnType): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" && type !== "json" ? value : jsonText(value);
}

type Read = { readonly value: unknown } | { readonly problem: "notJson" };

/** Returns what was written in a field as the server takes it. Numbers go as text, so that long ones stay exact. */
export function readCell(text: string, type: ColumnType): Read {
  if (text === "") return { value: null };
  if (type !== "json") return { value: text };
  try {
    return { value: parseJson(text) };
  } catch {
    return { problem: "notJson" };
  }
}
