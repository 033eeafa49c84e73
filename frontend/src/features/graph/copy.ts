export const copy = {
  canvas: "Canvas",
  node: "node",
  addAfter: (label: string) => `Add a node after ${label}`,
  addBeside: (slot: string, label: string) => `Add ${slot.toLowerCase()} to ${label}`,
  insert: "Insert a node here",
  from: (labels: string) => `From ${labels}.`,
  to: (labels: string) => `To ${labels}.`,
  unknownKind: (kind: string) => `Unknown node type ${kind}`,
  pinned: (count: number) => `pinned · ${count} item${count === 1 ? "" : "s"}`,
  retries: (count: number) => `${count} tries`,
  disabled: "disabled",
  usesTool: (tool: string) => `Using ${tool}`,
  note: "Note",
  emptyNote: "Double-click to write a note.",
  noteText: "Text of the note",
  problems: (errors: number, warnings: number) =>
    [
      errors > 0 ? `${errors} error${errors === 1 ? "" : "s"}` : "",
      warnings > 0 ? `${warnings} warning${warnings === 1 ? "" : "s"}` : "",
    ]
      .filter(Boolean)
      .join(", "),
  status: {
    running: "running",
    retrying: "trying again",
    waiting: "waiting",
    completed: "completed",
    failed: "failed",
    skipped: "skipped",
    cancelled: "cancelled",
    stale: "changed since it ran",
  } as Readonly<Record<string, string>>,
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  fit: "Fit everything",
  minimap: "Minimap",
  noMinimap: "Hide the minimap",
};
