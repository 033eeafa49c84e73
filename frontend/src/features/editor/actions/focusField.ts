import type { NodeType } from "@/domain/definition";
import { editorStore } from "../editorStore";

/** Whatever can be written or chosen in a field; the small buttons beside its label are none of it. */
const CONTROL = "input, textarea, select, [role=combobox], [role=textbox], button";
const REQUIRED = `[data-required] :is(${CONTROL}):not([data-field-actions] *)`;

let stop = (): void => undefined;

/**
 * Puts the focus into the first required field without a value, once the inspector shows the node, however long that
 * takes; not when somebody goes on elsewhere meanwhile. Returns whether there is such a field.
 */
export function focusFirstRequired(type: NodeType, nodeId: string | undefined): boolean {
  stop();
  const isEmpty = (value: unknown) => value === null || value === "" || (Array.isArray(value) && value.length === 0);
  const hasOne = type.fields.some((field) => field.required && field.group === "main" && isEmpty(field.default));
  if (!hasOne || nodeId === undefined) return false;
  const inspector = `[data-inspector="${CSS.escape(nodeId)}"]`;
  const look = () => {
    const required = document.querySelector<HTMLElement>(`${inspector} ${REQUIRED}`);
    if (required === null) return;
    stop();
    required.focus();
  };
  const observer = new MutationObserver(look);
  const unsubscribe = editorStore.subscribe(({ selection }) => selection.nodes.has(nodeId) || stop());
  stop = () => {
    observer.disconnect();
    unsubscribe();
    window.removeEventListener("pointerdown", stop, true);
  };
  window.addEventListener("pointerdown", stop, true);
  observer.observe(document.body, { childList: true, subtree: true });
  look();
  return true;
}
