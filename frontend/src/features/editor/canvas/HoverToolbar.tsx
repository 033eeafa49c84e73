import { NodeToolbar, Position } from "@xyflow/react";
import { Ellipsis, EyeOff, Maximize2, Pin, Play, Trash2, Workflow } from "lucide-react";
import { useContext, useEffect, useRef, useState } from "react";
import { calledWorkflow } from "@/domain/calledWorkflow";
import { NOTE } from "@/domain/definition";
import { useDocument } from "@/features/document";
import { GraphContext, useGraph } from "@/features/graph";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { select } from "../editorStore";
import { togglePins } from "../run/pinning";
import { useGoInto } from "../useGoInto";

const ICON = { size: 14, strokeWidth: 1.75, "aria-hidden": true } as const;
const BUTTON =
  "inline-flex size-6 items-center justify-center rounded-control text-muted hover:bg-raised hover:text-text aria-pressed:text-wait";

/** What the pointer finds above a node: run, pin, disable, more. One for the whole canvas, outside of the tab order. */
export function HoverToolbar() {
  const { actions, runner, catalogue } = useEditorContext();
  const goInto = useGoInto();
  const { store } = useContext(GraphContext);
  const hovered = useGraph((state) => (state.isFar || state.connecting ? null : state.hoveredNode));
  const node = useDocument((state) => state.definition.nodes.find((entry) => entry.id === hovered));
  const isPinned = useDocument((state) => hovered !== null && Object.hasOwn(state.definition.pinned_data, hovered));
  const [isInside, setIsInside] = useState(false);
  const kept = useRef(hovered);
  if (hovered !== null) kept.current = hovered;
  useEffect(() => {
    // The pointer is on the toolbar: the node stays the one that is meant.
    if (isInside && hovered === null) store.setState({ hoveredNode: kept.current });
  }, [isInside, hovered, store]);
  if (hovered === null || node === undefined || node.type === NOTE) return null;
  const on = (act: () => void) => () => {
    select([hovered]);
    act();
  };
  const { executionId } = runner.state.getState();
  const buttons = [
    { label: copy.runOnly, icon: <Play {...ICON} />, act: () => runner.startPart(hovered, "only") },
    {
      label: isPinned ? copy.unpin : copy.pin,
      icon: <Pin {...ICON} />,
      isPressed: isPinned,
      act: () => void togglePins([hovered], executionId, runner.live.getState().byNode),
    },
    {
      label: node.data.settings.disabled ? copy.enable : copy.disable,
      icon: <EyeOff {...ICON} />,
      isPressed: node.data.settings.disabled === true,
      act: actions.toggleDisabled,
    },
    { label: copy.open, icon: <Maximize2 {...ICON} />, act: () => actions.openDetail(hovered) },
    ...(calledWorkflow(catalogue.find(node.type, node.data.version), node.data.params)
      ? [{ label: copy.openSubWorkflow, icon: <Workflow {...ICON} />, act: () => goInto(node) }]
      : []),
    { label: copy.delete, icon: <Trash2 {...ICON} />, act: () => actions.remove() },
  ];
  return (
    <NodeToolbar nodeId={hovered} isVisible position={Position.Top} offset={14}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: only keeps the toolbar while the pointer is on it */}
      <div
        className="nodrag nopan flex rounded-control border bg-surface p-0.5 shadow-mid"
        onMouseEnter={() => setIsInside(true)}
        onMouseLeave={() => {
          setIsInside(false);
          store.setState({ hoveredNode: null });
        }}
      >
        {buttons.map(({ label, icon, act, isPressed }) => (
          <button
            key={label}
            type="button"
            tabIndex={-1}
            title={label}
            aria-label={label}
            aria-pressed={isPressed}
            className={BUTTON}
            onClick={on(act)}
          >
            {icon}
          </button>
        ))}
        <button
          type="button"
          tabIndex={-1}
          title={copy.more}
          aria-label={copy.more}
          className={BUTTON}
          onClick={(event) => {
            select([hovered]);
            const at = { clientX: event.clientX, clientY: event.clientY, bubbles: true };
            document
              .querySelector(`.react-flow__node[data-id="${CSS.escape(hovered)}"]`)
              ?.dispatchEvent(new MouseEvent("contextmenu", at));
          }}
        >
          <Ellipsis {...ICON} />
        </button>
      </div>
    </NodeToolbar>
  );
}
