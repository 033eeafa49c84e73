import { X } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { NOTE } from "@/domain/definition";
import { loopHandles, topological } from "@/domain/graph";
import { useDocument } from "@/features/document";
import { EmptyState } from "@/ui/EmptyState";
import { IconButton } from "@/ui/IconButton";
import { VirtualList } from "@/ui/VirtualList";
import { CanvasMenu, type CanvasMenuAsk } from "../canvas/CanvasMenu";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, select, useEditor } from "../editorStore";
import { OutlineRow } from "./OutlineRow";

const ROW = 36;

/** All nodes in the order they run, with all that the canvas has for them: for the keyboard and for readers. */
export function Outline() {
  const { catalogue, viewport, actions } = useEditorContext();
  const definition = useDocument((state) => state.definition);
  const chosen = useEditor((state) => state.selection.nodes);
  const [menu, setMenu] = useState<CanvasMenuAsk | null>(null);
  const tree = useRef<HTMLElement>(null);
  const rowId = useId();
  const nodes = useMemo(() => {
    const byId = new Map(definition.nodes.map((node) => [node.id, node]));
    return topological(definition, loopHandles(definition, catalogue))
      .flatMap((id) => byId.get(id) ?? [])
      .filter((node) => node.type !== NOTE);
  }, [definition, catalogue]);
  const last = [...chosen].at(-1);
  const at = nodes.findIndex((node) => node.id === last);
  const isEmpty = nodes.length === 0;

  useEffect(() => {
    // A menu or dialog that it was opened from gives the focus back first.
    const timer = setTimeout(() => tree.current?.focus(), 0);
    // What was opened from here leads back here.
    const unsubscribe = editorStore.subscribe(({ detailNode }, { detailNode: before }) => {
      if (detailNode === null && before !== null) setTimeout(() => tree.current?.focus(), 0);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, []);

  const close = () => {
    editorStore.setState({ isOutlineOpen: false });
    viewport.focus();
  };
  const choose = (place: number) => {
    const node = nodes[Math.max(0, Math.min(nodes.length - 1, place))];
    if (node === undefined) return;
    select([node.id]);
    viewport.reveal([node.id]);
  };
  const askMenu = (place: number, where: { readonly x: number; readonly y: number }) => {
    const node = nodes[place];
    if (node !== undefined && !editorStore.getState().selection.nodes.has(node.id)) select([node.id]);
    setMenu({ ...where, place: null });
  };
  const onTreeKey = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key !== "F10")) return;
    if (event.key === "ArrowDown") choose(at + 1);
    else if (event.key === "ArrowUp") choose(at === -1 ? nodes.length - 1 : at - 1);
    else if (event.key === "Home") choose(0);
    else if (event.key === "End") choose(nodes.length - 1);
    else if (event.key === " ") choose(Math.max(at, 0));
    else if (event.key === "Enter" && at !== -1) actions.openDetail(nodes[at]?.id);
    else if ((event.key === "ContextMenu" || event.key === "F10") && at !== -1) {
      const row = document.getElementById(`${rowId}-${at}`)?.getBoundingClientRect();
      if (event.key === "F10" && !event.shiftKey) return;
      askMenu(at, { x: (row?.left ?? 0) + 48, y: row?.bottom ?? 0 });
    } else return;
    event.preventDefault();
  };
  return (
    <section
      aria-label={copy.outline}
      onKeyDown={(event) => {
        const isLetter = event.key === "o" && !event.ctrlKey && !event.metaKey && !event.altKey;
        const isInside = event.target instanceof Node && event.currentTarget.contains(event.target);
        if (event.defaultPrevented || !isInside || !(event.key === "Escape" || isLetter)) return;
        event.preventDefault();
        close();
      }}
      className="absolute inset-y-0 left-0 z-10 flex w-70 max-w-full animate-fade flex-col border-r bg-surface shadow-mid"
    >
      <header className="flex items-center justify-between border-b py-1 pr-1 pl-4">
        <h2 className="font-semibold">{copy.outline}</h2>
        <IconButton label={copy.close} icon={<X size={16} strokeWidth={1.75} />} onClick={close} />
      </header>
      {isEmpty ? (
        <EmptyState title={copy.outlineEmpty} />
      ) : (
        // The keys of the canvas act on what is chosen here too.
        <div data-editor-canvas className="flex min-h-0 flex-1">
          <VirtualList
            role="tree"
            label={copy.outlineNodes}
            boxRef={tree}
            active={at === -1 ? undefined : `${rowId}-${at}`}
            onKeyDown={onTreeKey}
            className="flex-1"
            items={nodes}
            estimate={ROW}
            itemKey={(node) => node.id}
            {...(at === -1 ? {} : { scrollTo: at })}
            render={(node, place) => (
              <OutlineRow
                id={`${rowId}-${place}`}
                node={node}
                type={catalogue.find(node.type, node.data.version)}
                place={place}
                count={nodes.length}
                isChosen={chosen.has(node.id)}
                onChoose={() => choose(place)}
                onOpen={() => actions.openDetail(node.id)}
                onMenu={(where) => askMenu(place, where)}
              />
            )}
          />
        </div>
      )}
      {menu ? <CanvasMenu ask={menu} /> : null}
    </section>
  );
}
