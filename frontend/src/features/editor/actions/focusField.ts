import type { NodeType } from "@/domain/definition";
import { editorStore } from "../editorStore";

/** Whatever can be written or chosen in a field; the small buttons beside its label are none of it. */
const CONTROL = "input, textarea, select, [role=combobox], [role=textbox], button";
const REQUIRED = `[data-required] :is(${CONTROL}):not([data-field-actions] *)`;

let stop = (): void => undefined;

/** Focuses what `find` sees in a node's inspector, however long that takes to come; not when somebody goes on elsewhere. */
function focusOnce(nodeId: string, find: (inspector: Element) => HTMLElement | null | undefined): void {
  stop();
  const look = () => {
    const inspector = document.querySelector(`[data-inspector="${CSS.escape(nodeId)}"]`);
    const found = inspector && find(inspector);
    if (!found) return;
    stop();
    found.focus();
    found.scrollIntoView({ block: "nearest" });
  };
  const observer = new MutationObserver(look);
  const unsubscribe = editorStore.subscribe(({ selection }) => selection.nodes.has(nodeId) || stop());
  stop = () => {
    observer.disconnect();
    unsubscribe();
    window.removeEventListener("pointerdown", stop, true);
    window.removeEventListener("keydown", stop, true);
  };
  window.addEventListener("pointerdown", stop, true);
  window.addEventListener("keydown", stop, true);
  observer.observe(document.body, { childList: true, subtree: true });
  look();
}

/**
 * Puts the focus into the first required field without a value, once the inspector shows the node. Returns whether there
 * is such a field.
 */
export function focusFirstRequired(type: NodeType, nodeId: string | undefined): boolean {
  stop();
  const isEmpty = (value: unknown) => value === null || value === "" || (Array.isArray(value) && value.length === 0);
  const hasOne = type.fields.some((field) => field.required && field.group === "main" && isEmpty(field.default));
  if (!hasOne || nodeId === undefined) return false;
  focusOnce(nodeId, (inspector) => inspector.querySelector<HTMLElement>(REQUIRED));
  return true;
}

/** Shows a field of a chosen node, by its path in the node's data, and puts the focus into it. */
export function focusField(nodeId: string, path: string): void {
  editorStore.setState({ wantedField: { nodeId, path } });
  const steps = path.split(".");
  // What is wrong inside of a list or a section may be said at the whole.
  const paths = steps.map((_, at) => steps.slice(0, steps.length - at).join("."));
  focusOnce(nodeId, (inspector) => {
    const field = paths
      .map((one) => inspector.querySelector(`[data-field="${CSS.escape(one)}"]`))
      .find((one) => one !== null);
    return field?.querySelector<HTMLElement>(`:is(${CONTROL}):not([data-field-actions] *)`);
  });
}
