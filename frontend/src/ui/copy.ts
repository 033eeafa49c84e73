/** What elements say by themselves, wherever they stand. */
export const copy = {
  clearSearch: "Clear search",
  notification: "Notification",
  close: "Close",
  cancel: "Cancel",
  selectAll: "Select all",
  select: (name: string) => `Select ${name}`,
  missing: "This does not exist, or is not yours.",
  again: "Try again",
  copyRequestId: "Copy request id",
  copyValue: "Copy value",
  pages: "Pages",
  previousPage: "Previous page",
  nextPage: "Next page",
} as const;
