/** Node types by kind and version. */

import type { NodeType } from "./definition";

export interface Catalogue {
  readonly all: readonly NodeType[];
  /** Return a node type; without a version, or where that version is gone, the newest. */
  find(kind: string, version?: number): NodeType | undefined;
}

export function catalogueOf(types: readonly NodeType[]): Catalogue {
  const exact = new Map<string, NodeType>();
  const newest = new Map<string, NodeType>();
  for (const type of types) {
    exact.set(`${type.version}:${type.kind}`, type);
    const known = newest.get(type.kind);
    if (known === undefined || known.version < type.version) newest.set(type.kind, type);
  }
  return {
    all: [...newest.values()],
    find: (kind, version) => (version === undefined ? undefined : exact.get(`${version}:${kind}`)) ?? newest.get(kind),
  };
}
