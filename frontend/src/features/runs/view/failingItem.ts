/** Returns the place of the item that a node failed for, where it got several. */
export function failingItem(
  error: { readonly details?: Readonly<Record<string, unknown>> | undefined } | null,
): number | null {
  const item = error?.details?.item;
  return typeof item === "number" ? item : null;
}
