import { counted } from "../format";

/** What a change is called where it can be undone. */
export const copy = {
  add: (label: string) => (label ? `Add ${label}` : "Add note"),
  insert: (label?: string) => `Insert ${label ?? "node"}`,
  move: (count: number) => `Move ${counted(count, "node")}`,
  resizeNote: "Resize note",
  removeNodes: (count: number) => `Delete ${counted(count, "node")}`,
  disable: (count: number) => `Disable ${counted(count, "node")}`,
  enable: (count: number) => `Enable ${counted(count, "node")}`,
  pin: (count: number) => `Pin ${counted(count, "output")}`,
  unpin: (count: number) => `Unpin ${counted(count, "output")}`,
  connect: "Connect",
  disconnect: (count: number) => `Delete ${counted(count, "connection")}`,
  reattach: "Move connection",
  paste: (count: number) => `Paste ${counted(count, "node")}`,
  duplicate: (count: number) => `Duplicate ${counted(count, "node")}`,
  tidy: "Tidy up",
  param: (field: string, of?: string) => (of ? `Change ${field} of ${of}` : `Change ${field}`),
  rename: (to: string, from?: string) => (from ? `Rename ${from} to ${to}` : `Rename to ${to}`),
  note: "Change note",
  settings: (of?: string) => (of === undefined ? "Change settings" : `Change settings of ${of}`),
  version: (of?: string) => (of === undefined ? "Change node version" : `Change version of ${of}`),
  removeCredential: "Remove credential",
  chooseCredential: "Choose credential",
  toolDescription: (of?: string) =>
    of === undefined ? "Change what a model is told" : `Change what a model is told of ${of}`,
  workflow: (name: string) => `Change ${name.replaceAll("_", " ")}`,
} as const;
