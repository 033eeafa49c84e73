import type { useReactFlow } from "@xyflow/react";
import type { ClipboardEvent, KeyboardEvent } from "react";
import { clipOf, readClip, writeClip } from "@/domain/clipboard";
import { deleteSelection, duplicate, pasteAt, setDisabled } from "@/domain/commands";
import { documentStore } from "@/features/document";
import { toast } from "@/ui/toast";
import { copy } from "./copy";

interface Keys {
  readonly openPalette: () => void;
  readonly openDetail: (nodeId: string) => void;
  readonly start: () => void;
  readonly flow: Pick<ReturnType<typeof useReactFlow>, "fitView" | "zoomTo">;
  /** Where a paste goes, in the canvas's own measure. */
  readonly middle: () => { x: number; y: number };
}

function isWriting(target: EventTarget): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable], .cm-editor") !== null;
}

const FIT = { maxZoom: 1, padding: 0.3, duration: 240 };

/** Keys and clipboard of the canvas. They act only while the canvas has the focus, never from a field. */
export function canvasKeys({ openPalette, openDetail, start, flow, middle }: Keys) {
  const chosen = () => documentStore.getState();

  function remove() {
    const { selected, selectedEdges, run, select } = chosen();
    if (selected.length + selectedEdges.length === 0) return;
    run(deleteSelection(selected, selectedEdges));
    select([]);
    if (selected.length > 0) {
      toast({ text: copy.deleted(selected.length), action: { label: copy.undo, onSelect: chosen().undo } });
    }
  }

  function disable() {
    const { selected, definition, run } = chosen();
    if (selected.length === 0) return;
    const nodes = definition.nodes.filter((node) => selected.includes(node.id));
    run(
      setDisabled(
        selected,
        nodes.some((node) => node.data.settings.disabled !== true),
      ),
    );
  }

  /** The name stands in the panel of the selected node. */
  function rename() {
    const field = document.querySelector<HTMLInputElement>("[data-node-name]");
    field?.focus();
    field?.select();
  }

  function copySelected(event: ClipboardEvent): boolean {
    const { selected, definition } = chosen();
    if (isWriting(event.target) || selected.length === 0) return false;
    event.preventDefault();
    event.clipboardData.setData("text/plain", writeClip(clipOf(definition, selected)));
    return true;
  }

  function withModifier(event: KeyboardEvent): (() => void) | undefined {
    const { undo, redo, definition, selected, run, select } = chosen();
    switch (event.key.toLowerCase()) {
      case "z":
        return event.shiftKey ? redo : undo;
      case "y":
        return redo;
      case "a":
        return () => select(definition.nodes.map((node) => node.id));
      case "d":
        return () => select(run(duplicate(definition, selected)));
      case "enter":
        return start;
      default:
        return undefined;
    }
  }

  function plain(event: KeyboardEvent): (() => void) | undefined {
    const { selected, select } = chosen();
    const [only] = selected;
    switch (event.key) {
      case "n":
      case "N":
        return openPalette;
      case "Delete":
      case "Backspace":
        return remove;
      case "d":
      case "D":
        return disable;
      case "Enter":
        return only !== undefined && selected.length === 1 ? () => openDetail(only) : undefined;
      case "F2":
        return rename;
      case "0":
        return () => void flow.zoomTo(1, { duration: FIT.duration });
      case "1":
        return () => void flow.fitView(FIT);
      case "2":
        return () => void flow.fitView({ ...FIT, nodes: selected.map((id) => ({ id })) });
      case "Escape":
        return () => select([]);
      default:
        return undefined;
    }
  }

  return {
    onKeyDown(event: KeyboardEvent) {
      if (isWriting(event.target) || event.altKey) return;
      const act = event.metaKey || event.ctrlKey ? withModifier(event) : plain(event);
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    },
    onCopy(event: ClipboardEvent) {
      if (copySelected(event)) toast({ text: copy.copied(chosen().selected.length) });
    },
    onCut(event: ClipboardEvent) {
      if (copySelected(event)) remove();
    },
    onPaste(event: ClipboardEvent) {
      if (isWriting(event.target)) return;
      const read = readClip(event.clipboardData.getData("text/plain"));
      if (!read.ok) {
        if (read.problem !== "not_ours") {
          toast({ kind: "error", text: read.problem === "foreign_export" ? copy.foreign : copy.notReadable });
        }
        return;
      }
      event.preventDefault();
      const { run, select } = chosen();
      select(run(pasteAt(read.clip, middle(), { credentials: "all" })));
    },
  };
}
