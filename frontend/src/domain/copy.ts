/** What is said of workflows themselves: why two handles do not fit, and what parts without a name are called. */
export const copy = {
  nodeGone: "This node does not exist any more.",
  noOutput: (label: string, handle: string) => `${label} has no output “${handle}”.`,
  noInput: (label: string, handle: string) => `${label} has no input “${handle}”.`,
  noInputs: (label: string) => `${label} takes no input.`,
  self: "A node cannot be connected to itself.",
  duplicate: "These two are connected already.",
  mismatch: (from: string, gives: string, to: string, takes: string) =>
    `${from} gives ${gives}, but ${to} takes ${takes}.`,
  inFlow: (label: string) => `${label} is a step already. Disconnect it first, and it can be a tool.`,
  taken: "This input takes one connection only.",
  cycle: "This would make a cycle: use a Loop node.",
  settings: "Settings",
  pinnedData: "Pinned data",
  note: "Note",
  node: "Node",
} as const;
