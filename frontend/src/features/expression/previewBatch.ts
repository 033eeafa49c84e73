/** Previews of many fields that are asked for at the same time, in one call. */

import { api, type components, unwrap } from "@/api";
import { jsonText } from "@/domain/exactJson";
import type { PreviewContext } from "./scope";

export type Preview = components["schemas"]["PreviewOutput"];

interface Waiting {
  readonly text: string;
  readonly resolve: (preview: Preview) => void;
  readonly reject: (error: unknown) => void;
}

const MOST_TEXTS = 100;
const MOST_CHARACTERS = 200_000;
const TOGETHER_MS = 10;

const open = new Map<string, { readonly context: PreviewContext; readonly waiting: Waiting[] }>();

function portions(waiting: readonly Waiting[]): Waiting[][] {
  const made: Waiting[][] = [];
  let size = 0;
  for (const one of waiting) {
    const last = made.at(-1);
    if (last === undefined || last.length >= MOST_TEXTS || size + one.text.length > MOST_CHARACTERS) {
      made.push([one]);
      size = one.text.length;
    } else {
      last.push(one);
      size += one.text.length;
    }
  }
  return made;
}

async function send(context: PreviewContext, waiting: readonly Waiting[]): Promise<void> {
  const texts = Object.fromEntries(waiting.map(({ text }, at) => [String(at), text]));
  try {
    const answer = await unwrap(api.POST("/api/compile/expressions/preview/", { body: { texts, context } }));
    waiting.forEach(({ resolve, reject }, at) => {
      const preview = "results" in answer ? answer.results[String(at)] : undefined;
      if (preview === undefined) reject(new Error("The server left a field out"));
      else resolve(preview);
    });
  } catch (error) {
    for (const { reject } of waiting) reject(error);
  }
}

/** Returns what a text comes to. Raises: ProblemError. */
export function askPreview(context: PreviewContext, text: string): Promise<Preview> {
  const key = jsonText(context);
  return new Promise((resolve, reject) => {
    const known = open.get(key);
    if (known !== undefined) {
      known.waiting.push({ text, resolve, reject });
      return;
    }
    const waiting: Waiting[] = [{ text, resolve, reject }];
    open.set(key, { context, waiting });
    setTimeout(() => {
      open.delete(key);
      for (const portion of portions(waiting)) void send(context, portion);
    }, TOGETHER_MS);
  });
}
