/** A workflow's definition as it is on the wire, and what the catalogue says of node types. */

import type { Json, JsonObject } from "./json";

export { asGiven, emptyDefinition, type Lacking, lackingIn, readDefinition } from "./readDefinition";
export type {
  Diagnostic,
  Execution,
  ExecutionError,
  ExecutionStatus,
  NodeRun,
  NodeRunStatus,
  RunEvent,
  Waiting,
} from "./runTypes";

export const NOTE = "note";
export const MAIN = "main";
export const ERROR = "error";
/** What helpers give, which their one output is named like. */
const GIVEN = new Set(["model", "memory", "tool", "parser"]);
/** Whether an edge leads from a helper into a slot: nothing flows along it. */
export const isBeside = (edge: { sourceHandle: string }): boolean => GIVEN.has(edge.sourceHandle);
export const MAX_NODES = 2_000;
export const MAX_EDGES = 10_000;

export interface Point {
  x: number;
  y: number;
}

export interface Retry {
  max_attempts?: number;
  delay_s?: number;
  backoff?: number;
}

export interface NodeSettings {
  retry?: Retry;
  timeout_s?: number | null;
  on_error?: "fail" | "continue" | "error_handle" | "ask";
  cache_ttl_s?: number | null;
  queue?: string | null;
  disabled?: boolean;
}

export interface NodeData {
  label: string;
  version: number;
  params: JsonObject;
  credentials: Record<string, string | null>;
  settings: NodeSettings;
  /** What a model is told of it, where it is a tool. */
  tool_description?: string;
  [other: string]: unknown;
}

export interface WorkflowNode {
  id: string;
  type: string;
  position: Point;
  data: NodeData;
  width?: number;
  height?: number;
  [other: string]: unknown;
}

export interface WorkflowEdge {
  id: string;
  source: string;
  sourceHandle: string;
  target: string;
  targetHandle: string;
  [other: string]: unknown;
}

export interface Viewport {
  x: number;
  y: number;
  zoom: number;
}

export type WorkflowSettings = { [key: string]: Json };

export interface Item {
  json: JsonObject;
  binary?: JsonObject;
  pairedItem?: Json;
}

export type PinnedData = Record<string, Record<string, Item[]>>;

export interface Definition {
  nodes: WorkflowNode[];
  edges: WorkflowEdge[];
  viewport: Viewport;
  settings: WorkflowSettings;
  pinned_data: PinnedData;
}

// -- catalogue --------------------------------------------------------------------------------------------------------
export interface InputPort {
  name: string;
  label: string;
  accepts: string;
  multiple: boolean;
  required: boolean;
}

export interface OutputPort {
  name: string;
  label: string;
  gives: string;
  is_error?: boolean;
}

export interface FieldOption {
  value: Json;
  label: string;
}

export interface ShowIf {
  field: string;
  in: Json[];
}

export interface NodeField {
  name: string;
  type: string;
  label: string;
  required: boolean;
  default: Json;
  options: FieldOption[];
  placeholder: string;
  help: string;
  group: string;
  show_if: ShowIf | null;
  expression: boolean;
  language: string | null;
}

export interface CredentialSlot {
  slot: string;
  types: string[];
  required: boolean;
}

/** Outputs named by the entries of a param; `when` limits them to some values of another param. */
export interface DynamicOutputs {
  param: string;
  name_field: string;
  when?: ShowIf;
}

/** Inputs whose number is a param: `prefix` and a number from 1. */
export interface DynamicInputs {
  param: string;
  prefix: string;
  default: number;
  min: number;
  max: number;
}

export interface NodeType {
  kind: string;
  version: number;
  label: string;
  category: string;
  description: string;
  icon: string;
  color: string;
  is_trigger: boolean;
  is_custom: boolean;
  per_item: boolean;
  effect: "pure" | "read" | "write";
  default_timeout_s: number;
  inputs: InputPort[];
  outputs: OutputPort[];
  output_fields: { name: string; type: string }[];
  params_schema: JsonObject;
  fields: NodeField[];
  credentials: CredentialSlot[];
  dynamic_outputs: DynamicOutputs | null;
  dynamic_inputs?: DynamicInputs | null;
  loop_handle?: string | null;
  summary: string;
  aliases: string[];
  docs: string;
  deprecated: boolean;
}

export interface Category {
  slug: string;
  label: string;
  color: string;
  kinds: string[];
}
