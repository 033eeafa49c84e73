import { Pin, RotateCw } from "lucide-react";
import { copy } from "./copy";
import type { NodeViewData } from "./flowTypes";

const MOST = 3;

/** What is special about a node, on its lower edge: at most three chips. */
export function NodeChips({ data }: { readonly data: NodeViewData }) {
  const { node, pinned } = data;
  const tries = node.data.settings.retry?.max_attempts ?? 1;
  const chips = [
    pinned === null
      ? null
      : { id: "pinned", tone: "wait", icon: <Pin aria-hidden="true" size={10} />, text: copy.pinned(pinned) },
    tries > 1
      ? { id: "retry", tone: "plain", icon: <RotateCw aria-hidden="true" size={10} />, text: copy.retries(tries) }
      : null,
    node.data.settings.disabled === true ? { id: "off", tone: "plain", icon: null, text: copy.disabled } : null,
  ].filter((chip) => chip !== null);
  if (chips.length === 0) return null;
  return (
    <span className="graph-chips">
      {chips.slice(0, MOST).map((chip) => (
        <span key={chip.id} className="graph-chip" data-tone={chip.tone}>
          {chip.icon}
          {chip.text}
        </span>
      ))}
      {chips.length > MOST ? <span className="graph-chip">+{chips.length - MOST}</span> : null}
    </span>
  );
}
