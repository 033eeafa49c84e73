import { jsonText, parseJson } from "@/domain/exactJson";

/** Returns what stands in the field for a value: text as it is, unless it would be read as something else. */
export function textOfValue(value: unknown): string {
  return typeof value === "string" && valueOfText(value) === value ? value : jsonText(value);
}

/** Returns the value that a text means: JSON where it is some, else the text. */
export function valueOfText(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
