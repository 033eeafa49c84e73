import type { Item } from "@/domain/definition";

/** Items of a node run, read from the server in pages. */
export interface RunSource {
  readonly kind: "run";
  readonly executionId: string;
  readonly nodeRunId: string;
  readonly side: "inputs" | "outputs";
  readonly handle: string;
}

/** Items that are here already: pinned ones. */
export interface LocalSource {
  readonly kind: "local";
  readonly items: readonly Item[];
}

export type ItemSource = RunSource | LocalSource;
