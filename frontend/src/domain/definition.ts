/** A workflow's definition as it is on the wire, and what the catalogue says of node types. */

import { isObject, type Json, type JsonObject } from './json';

export type {
  Diagnostic,
  Execution,
  ExecutionError,
  ExecutionStatus,
  NodeRun,
  NodeRunStatus,
  RunEvent,
  Waiting,
} from './run';

export const NOTE = 'note';
export const MAIN = 'main';
export const ERROR = 'error';
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
  on_error?: 'fail' | 'continue' | 'error_handle' | 'ask';
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
  effect: 'pure' | 'read' | 'write';
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

// -- reading ----------------------------------------------------------------------------------------------------------
export function emptyDefinition(): Definition {
  return { nodes: [], edges: [], viewport: { x: 0, y: 0, zoom: 1 }, settings: {}, pinned_data: {} };
}

function text(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}

function finite(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

function record<T>(value: unknown): Record<string, T> {
  // What the server sends, or a stored draft that came from it: its members have the shapes of the contract.
  return (isObject(value) ? value : {}) as Record<string, T>;
}

function readNode(raw: unknown): WorkflowNode | null {
  if (!isObject(raw) || typeof raw.id !== 'string' || typeof raw.type !== 'string') return null;
  const data = record<unknown>(raw.data);
  const position = record<unknown>(raw.position);
  return {
    ...raw,
    id: raw.id,
    type: raw.type,
    position: { x: finite(position.x, 0), y: finite(position.y, 0) },
    data: {
      ...data,
      label: typeof data.label === 'string' ? data.label : '',
      version: finite(data.version, 1),
      params: record<Json>(data.params),
      credentials: record<string | null>(data.credentials),
      settings: record<never>(data.settings),
    },
  };
}

function readEdge(raw: unknown, at: number): WorkflowEdge | null {
  if (!isObject(raw) || typeof raw.source !== 'string' || typeof raw.target !== 'string') return null;
  const sourceHandle = text(raw.sourceHandle, MAIN);
  const targetHandle = text(raw.targetHandle, MAIN);
  return {
    ...raw,
    id: text(raw.id, `e${at}:${raw.source}:${sourceHandle}:${raw.target}:${targetHandle}`),
    source: raw.source,
    sourceHandle,
    target: raw.target,
    targetHandle,
  };
}

/** Read a definition or a workflow; fills what was left out and keeps members it does not know. */
export function readDefinition(raw: unknown): Definition {
  const source = record<unknown>(raw);
  const viewport = record<unknown>(source.viewport);
  const nodes = Array.isArray(source.nodes) ? source.nodes.map(readNode) : [];
  const edges = Array.isArray(source.edges) ? source.edges.map(readEdge) : [];
  return {
    nodes: nodes.filter((node) => node !== null),
    edges: edges.filter((edge) => edge !== null),
    viewport: { x: finite(viewport.x, 0), y: finite(viewport.y, 0), zoom: finite(viewport.zoom, 1) },
    settings: record<Json>(source.settings),
    pinned_data: record<Record<string, Item[]>>(source.pinned_data),
  };
}
