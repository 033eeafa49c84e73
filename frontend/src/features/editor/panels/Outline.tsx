import { X } from "lucide-react";
import { useMemo } from "react";
import { NOTE } from "@/domain/definition";
import { loopHandles, topological } from "@/domain/graph";
import { useDocument } from "@/features/document";
import { tileColor, useGraph } from "@/features/graph";
import { useLiveRun } from "@/features/liveRun";
import { cx } from "@/ui/cx";
import { EmptyState } from "@/ui/EmptyState";
import { Icon } from "@/ui/Icon";
import { IconButton } from "@/ui/IconButton";
import { StatusBadge } from "@/ui/StatusBadge";
import { VirtualList } from "@/ui/VirtualList";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, select, useEditor } from "../editorStore";

/** All nodes as a list in the order they run: what the canvas shows, for the keyboard and for readers. */
export function Outline() {
  const { catalogue, viewport, actions } = useEditorContext();
  const definition = useDocument((state) => state.definition);
  const chosen = useEditor((state) => state.selection.nodes);
  const problems = useGraph((state) => state.problems);
  const runs = useLiveRun((live) => live.byNode);
  const nodes = useMemo(() => {
    const byId = new Map(definition.nodes.map((node) => [node.id, node]));
    return topological(definition, loopHandles(definition, catalogue))
      .flatMap((id) => byId.get(id) ?? [])
      .filter((node) => node.type !== NOTE);
  }, [definition, catalogue]);
  return (
    <section
      aria-label={copy.outline}
      className="absolute inset-y-0 left-0 z-10 flex w-70 max-w-full animate-fade flex-col border-r bg-surface shadow-mid"
    >
      <header className="flex items-center justify-between border-b py-1 pr-1 pl-4">
        <h2 className="font-semibold">{copy.outline}</h2>
        <IconButton
          label={copy.close}
          icon={<X size={16} strokeWidth={1.75} />}
          onClick={() => editorStore.setState({ isOutlineOpen: false })}
        />
      </header>
      {nodes.length === 0 ? (
        <EmptyState title={copy.outlineEmpty} />
      ) : (
        <VirtualList
          label={copy.outlineNodes}
          className="flex-1"
          items={nodes}
          estimate={36}
          itemKey={(node) => node.id}
          render={(node) => {
            const type = catalogue.find(node.type, node.data.version);
            const run = runs.get(node.id);
            const found = problems.get(node.id);
            return (
              <button
                type="button"
                aria-current={chosen.has(node.id) || undefined}
                onClick={() => {
                  select([node.id]);
                  viewport.reveal([node.id]);
                }}
                onDoubleClick={() => actions.openDetail(node.id)}
                className={cx(
                  "flex h-9 w-full items-center gap-2 px-3 text-left -outline-offset-2 hover:bg-raised",
                  chosen.has(node.id) && "bg-accent-tint",
                )}
              >
                <span style={{ color: tileColor(type) }}>
                  <Icon name={type?.icon} size={16} />
                </span>
                <span
                  className={cx("min-w-0 flex-1 truncate", node.data.settings.disabled && "line-through opacity-60")}
                >
                  {node.data.label}
                </span>
                {found ? (
                  <span className={cx("text-meta", found.errors > 0 ? "text-err" : "text-warn")}>
                    {copy.problems(found.errors + found.warnings)}
                  </span>
                ) : null}
                {run ? <StatusBadge status={run.status} /> : null}
              </button>
            );
          }}
        />
      )}
    </section>
  );
}
