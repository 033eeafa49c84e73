import type { NodeType } from "@/domain/definition";

const TRIES = 30;
/** Whatever can be written or chosen in a field; the small buttons beside its label are none of it. */
const CONTROL = "input, textarea, select, [role=combobox], [role=textbox], button";
const REQUIRED = `[data-required] :is(${CONTROL}):not([data-field-actions] *)`;

/**
 * Puts the focus into the first required field without a value, once the inspector shows the node. Returns whether
 * there is such a field.
 */
export function focusFirstRequired(type: NodeType): boolean {
  const isEmpty = (value: unknown) => value === null || value === "" || (Array.isArray(value) && value.length === 0);
  if (!type.fields.some((field) => field.required && field.group === "main" && isEmpty(field.default))) return false;
  let tries = 0;
  const look = () => {
    const required = document.querySelector("[data-inspector]")?.querySelector<HTMLElement>(REQUIRED);
    if (required) required.focus();
    else if (tries++ < TRIES) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  return true;
}
