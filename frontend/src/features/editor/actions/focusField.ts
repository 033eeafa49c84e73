import type { NodeType } from "@/domain/definition";

const TRIES = 30;
const FIELD = "input, textarea, select, [role=combobox], [role=textbox], button";

/**
 * Puts the focus into the first required field without a value, once the inspector shows the node. Returns whether
 * there is such a field.
 */
export function focusFirstRequired(type: NodeType): boolean {
  const isEmpty = (value: unknown) => value === null || value === "" || (Array.isArray(value) && value.length === 0);
  if (!type.fields.some((field) => field.required && field.group === "main" && isEmpty(field.default))) return false;
  let tries = 0;
  const look = () => {
    const panel = document.querySelector("[data-inspector]");
    const required = panel?.querySelector<HTMLElement>(
      `[aria-required=true]:is(${FIELD}), [aria-required=true] :is(${FIELD})`,
    );
    if (required) required.focus();
    else if (tries++ < TRIES) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  return true;
}
