import type { NodeType, WorkflowNode } from "@/domain/definition";
import { tileColor, useGraph } from "@/features/graph";
import { useLiveRun } from "@/features/liveRun";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import { StatusBadge } from "@/ui/StatusBadge";
import { copy } from "../copy";

interface OutlineRowProps {
  readonly id: string;
  readonly node: WorkflowNode;
  readonly type: NodeType | undefined;
  readonly place: number;
  readonly count: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly onOpen: () => void;
  readonly onMenu: (at: { readonly x: number; readonly y: number }) => void;
}

/** A node in the outline: its name and kind, what is wrong with it, how its run stands. */
export function OutlineRow({ id, node, type, place, count, isChosen, onChoose, onOpen, onMenu }: OutlineRowProps) {
  const found = useGraph((state) => state.problems.get(node.id));
  const status = useLiveRun((live) => live.byNode.get(node.id)?.status);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the focus and takes the keys
    // biome-ignore lint/a11y/useFocusableInteractive: as above
    <div
      id={id}
      role="treeitem"
      aria-level={1}
      aria-setsize={count}
      aria-posinset={place + 1}
      aria-selected={isChosen}
      onClick={onChoose}
      onDoubleClick={onOpen}
      onContextMenu={(event) => {
        event.preventDefault();
        onMenu({ x: event.clientX, y: event.clientY });
      }}
      className={cx(
        "flex h-9 w-full cursor-default select-none items-center gap-2 px-3 hover:bg-raised",
        isChosen && "bg-accent-tint",
      )}
    >
      <span aria-hidden="true" style={{ color: tileColor(type) }}>
        <Icon name={type?.icon} size={16} />
      </span>
      <span className={cx("min-w-0 flex-1 truncate", node.data.settings.disabled && "line-through opacity-60")}>
        {node.data.label}
        <span className="sr-only">, {type?.label ?? node.type}</span>
      </span>
      {found ? (
        <span className={cx("shrink-0 text-meta", found.errors > 0 ? "text-err" : "text-warn")}>
          {copy.problems(found.errors + found.warnings)}
        </span>
      ) : null}
      {status ? <StatusBadge status={status} /> : null}
    </div>
  );
}
