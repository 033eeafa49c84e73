import type { Item } from "@/domain/definition";

/** Items of a node run, read from the server in pages. */
export interface RunSource {
  readonly kind: "run";
  readonly executionId: string;
  readonly nodeRunId: string;
  readonly side: "inputs" | "outputs";
  readonly handle: string;
  /** The first items, where they came with the node run: shown until the page of them is there. */
  readonly first?: readonly Item[];
}

/** Items that are here already: pinned ones. */
export interface LocalSource {
  readonly kind: "local";
  readonly items: readonly Item[];
}

export type ItemSource = RunSource | LocalSource;
