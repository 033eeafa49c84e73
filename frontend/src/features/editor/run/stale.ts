/** Which nodes changed since they ran. */

import type { Definition } from "@/domain/definition";
import { downstreamOf } from "@/domain/graph";
import { sameJson } from "@/domain/json";

const NONE: ReadonlySet<string> = new Set();

/** Returns the nodes whose params or sources differ from what ran, and all behind them. */
export function staleNodes(ran: Definition | null, now: Definition): ReadonlySet<string> {
  if (ran === null || (ran.nodes === now.nodes && ran.edges === now.edges)) return NONE;
  const before = new Map(ran.nodes.map((node) => [node.id, node]));
  const changed = now.nodes
    .filter((node) => {
      const old = before.get(node.id);
      if (old === undefined) return true;
      if (old.data === node.data) return false;
      const { label: _now, ...mine } = node.data;
      const { label: _old, ...theirs } = old.data;
      return !sameJson(mine, theirs);
    })
    .map((node) => node.id);
  if (ran.edges !== now.edges) {
    const [was, is] = [waysIn(ran), waysIn(now)];
    changed.push(...now.nodes.filter((node) => was.get(node.id) !== is.get(node.id)).map((node) => node.id));
  }
  return changed.length === 0 ? NONE : downstreamOf(now, changed);
}

function waysIn({ edges }: Definition): Map<string, string> {
  const found = new Map<string, string>();
  for (const { source, sourceHandle, target, targetHandle } of edges) {
    found.set(target, `${found.get(target) ?? ""}|${source}:${sourceHandle}>${targetHandle}`);
  }
  return found;
}
