/** Every text of a run's log. */
export const copy = {
  title: "Logs",
  level: "Level",
  levels: { info: "All lines", warning: "Warnings and errors", error: "Errors" },
  onlyNode: "Only the chosen node",
  more: "Load more",
  noLines: "Nothing was printed, and nothing failed.",
} as const;
