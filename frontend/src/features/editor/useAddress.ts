import { useEffect } from "react";
import { useSearchParams } from "react-router";
import { documentStore } from "@/features/document";
import { keptView } from "./canvas/keptViews";
import { useEditorContext } from "./editorContext";
import { editorStore, select, useEditor } from "./editorStore";

/**
 * Keeps the chosen node and the open detail in the address, so that a link leads back to them. A link with `add` asks
 * for the node that comes next, once.
 */
export function useAddress(): void {
  const { workflowId, actions, viewport } = useEditorContext();
  const [params, setParams] = useSearchParams();
  const node = useEditor((state) => (state.selection.nodes.size === 1 ? [...state.selection.nodes][0] : undefined));
  const detail = useEditor((state) => state.detailNode);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is read once, when the workflow opens
  useEffect(() => {
    const id = params.get("node");
    if (id === null || !documentStore.getState().definition.nodes.some((entry) => entry.id === id)) return;
    select([id]);
    if (params.get("view") === "detail") editorStore.setState({ detailNode: id });
    if (params.has("add")) actions.add();
    // Who comes back finds the canvas as it was left.
    viewport.reveal([id], keptView(workflowId) !== undefined);
  }, []);
  useEffect(() => {
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        next.delete("view");
        next.delete("add");
        if (node === undefined) next.delete("node");
        else next.set("node", node);
        if (detail !== null) next.set("view", "detail");
        return next.toString() === before.toString() ? before : next;
      },
      { replace: true, preventScrollReset: true },
    );
  }, [node, detail, setParams]);
}
