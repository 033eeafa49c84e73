/** What is not on the server yet, kept on this device: it survives a reload, a crash, and a server that is away. */

import type { DBSchema, IDBPDatabase } from "idb";
import { onSignOut } from "@/api";
import type { Definition } from "@/domain/definition";
import { randomId } from "@/domain/ids";
import type { Base } from "./documentStore";

export interface Draft {
  readonly workflowId: string;
  /** The page that wrote it; each has its own. */
  readonly page: string;
  readonly at: number;
  readonly base: Base;
  readonly definition: Definition;
}

interface Schema extends DBSchema {
  drafts: { key: [string, string]; value: Draft; indexes: { workflowId: string } };
}

type Question = { readonly ask: string } | { readonly alive: string };

const NAME = "heddle";
const ANSWER_MS = 150;
const page = randomId("page");
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("heddle-drafts");
let opened: Promise<IDBPDatabase<Schema>> | null = null;
const alive = new Set<string>();

if (channel) {
  channel.onmessage = ({ data }: MessageEvent<Question>) => {
    if ("alive" in data) alive.add(data.alive);
    else channel.postMessage({ alive: page } satisfies Question);
  };
}

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= open();
  return opened;
}

async function open(): Promise<IDBPDatabase<Schema>> {
  const { openDB } = await import("idb");
  return await openDB<Schema>(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("drafts", { keyPath: ["workflowId", "page"] }).createIndex("workflowId", "workflowId");
    },
  });
}

/** Keeps a draft of this page. A browser that keeps nothing (a private window) is no reason to stop. */
export async function keepDraft(workflowId: string, definition: Definition, base: Base): Promise<boolean> {
  try {
    await (await database()).put("drafts", { workflowId, page, at: Date.now(), base, definition });
    return true;
  } catch {
    return false;
  }
}

export async function dropDraft(workflowId: string, of: string = page): Promise<void> {
  try {
    await (await database()).delete("drafts", [workflowId, of]);
  } catch {
    // Nothing was kept either.
  }
}

/** Returns the newest draft of a workflow whose page is gone. */
export async function findDraft(workflowId: string): Promise<Draft | null> {
  try {
    const found = (await (await database()).getAllFromIndex("drafts", "workflowId", workflowId)).filter(
      (draft) => draft.page !== page,
    );
    if (found.length === 0) return null;
    // Other tabs save their own; those answer that are still there.
    channel?.postMessage({ ask: page } satisfies Question);
    await new Promise((resolve) => setTimeout(resolve, channel ? ANSWER_MS : 0));
    const orphans = found.filter((draft) => !alive.has(draft.page)).sort((one, other) => other.at - one.at);
    return orphans[0] ?? null;
  } catch {
    return null;
  }
}

onSignOut(async () => {
  try {
    await (await database()).clear("drafts");
  } catch {
    // As above.
  }
});
