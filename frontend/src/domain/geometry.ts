/** Sizes and places on the canvas, all in its own pixels. */

import { ERROR, NOTE, type Point, type WorkflowEdge, type WorkflowNode } from "./definition";

export const GRID = 16;
export const NODE_WIDTH = 224;
export const NODE_HEIGHT = 64;
export const HANDLE_STEP = 24;
export const NODE_GAP = 80;
const NOTE_SIZE = { width: 240, height: 160 };
const LINE_WITHIN = 6;

export interface Size {
  width: number;
  height: number;
}

export interface Rect extends Point, Size {}

export function snap(value: number, grid: number = GRID): number {
  const snapped = Math.round(value / grid) * grid;
  return snapped === 0 ? 0 : snapped; // never -0, which JSON does not know
}

export function snapPoint(point: Point, grid: number = GRID): Point {
  return { x: snap(point.x, grid), y: snap(point.y, grid) };
}

interface Side {
  readonly name?: string;
  readonly gives?: string;
  readonly isError?: boolean;
  readonly connected?: boolean;
}

/** Return a node's size: 24 more for each handle of a side beyond two; the error output counts once connected.
 * Slots and what fills them stand above and below, and count for nothing. */
export function sizeOf(node: WorkflowNode, handles: { inputs: readonly Side[]; outputs: readonly Side[] }): Size {
  if (node.type === NOTE) return { width: node.width ?? NOTE_SIZE.width, height: node.height ?? NOTE_SIZE.height };
  const flows = (side: readonly Side[]): Side[] => side.filter((handle) => (handle.gives ?? "items") === "items");
  const outputs = flows(handles.outputs).filter((handle) => !handle.isError || handle.connected === true).length;
  const most = Math.max(flows(handles.inputs).length, outputs);
  return { width: NODE_WIDTH, height: NODE_HEIGHT + HANDLE_STEP * Math.max(0, most - 2) };
}

/** Return a node's size as far as its edges tell, where the catalogue is not at hand. */
export function roughSize(node: WorkflowNode, edges: readonly WorkflowEdge[]): Size {
  const inputs = new Set(edges.filter((edge) => edge.target === node.id).map((edge) => edge.targetHandle));
  const outputs = new Set(edges.filter((edge) => edge.source === node.id).map((edge) => edge.sourceHandle));
  return sizeOf(node, {
    inputs: [...inputs].map((name) => ({ name })),
    outputs: [...outputs].map((name) => ({ name, isError: name === ERROR, connected: true })),
  });
}

export function roughRects(nodes: readonly WorkflowNode[], edges: readonly WorkflowEdge[]): Rect[] {
  return nodes.filter((node) => node.type !== NOTE).map((node) => ({ ...node.position, ...roughSize(node, edges) }));
}

export function overlap(one: Rect, other: Rect, gap = 0): boolean {
  return (
    one.x < other.x + other.width + gap &&
    other.x < one.x + one.width + gap &&
    one.y < other.y + other.height + gap &&
    other.y < one.y + one.height + gap
  );
}

/** Return where a rectangle overlaps nothing: where it is, or as far down as needed. */
export function pushedDown(wanted: Rect, others: readonly Rect[], gap: number = GRID): Point {
  let y = wanted.y;
  for (;;) {
    const moved = { ...wanted, y };
    const hit = others.filter((other) => overlap(moved, other, gap));
    if (hit.length === 0) return { x: wanted.x, y };
    y = Math.max(y + 1, Math.ceil((Math.min(...hit.map((other) => other.y + other.height)) + gap) / GRID) * GRID);
  }
}

/** Return the place of a node of this size added behind another one. */
export function placeAfter(source: Rect, size: Size, others: readonly Rect[]): Point {
  const x = snap(source.x + source.width + NODE_GAP);
  const y = snap(source.y + (source.height - size.height) / 2);
  return pushedDown({ x, y, ...size }, others);
}

/** Return the place of a helper of this size below the step whose slot it fills, beside those that stand there. */
export function placeBelow(step: Rect, size: Size, others: readonly Rect[]): Point {
  const y = snap(step.y + step.height + NODE_GAP);
  let x = snap(step.x);
  for (;;) {
    const hit = others.filter((other) => overlap({ x, y, ...size }, other, GRID));
    if (hit.length === 0) return { x, y };
    x = Math.max(x + 1, Math.ceil((Math.min(...hit.map((other) => other.x + other.width)) + GRID) / GRID) * GRID);
  }
}

export function boundsOf(rects: readonly Rect[]): Rect | null {
  if (rects.length === 0) return null;
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  const right = Math.max(...rects.map((rect) => rect.x + rect.width));
  const bottom = Math.max(...rects.map((rect) => rect.y + rect.height));
  return { x, y, width: right - x, height: bottom - y };
}

export interface AlignmentLine {
  axis: "x" | "y";
  at: number;
  from: number;
  to: number;
}

export interface Alignment {
  dx: number;
  dy: number;
  lines: AlignmentLine[];
}

function stops(start: number, length: number): [number, number, number] {
  return [start, start + length / 2, start + length];
}

function nearest(moving: number[], others: readonly Rect[], pick: (other: Rect) => number[]): number | null {
  let best: number | null = null;
  for (const other of others) {
    for (const stop of pick(other)) {
      for (const mine of moving) {
        const off = stop - mine;
        if (Math.abs(off) <= LINE_WITHIN && (best === null || Math.abs(off) < Math.abs(best))) best = off;
      }
    }
  }
  return best;
}

/** Return how far to shift a dragged rectangle to stand in line with its neighbours, and the lines to draw. */
export function alignment(moving: Rect, others: readonly Rect[]): Alignment {
  const across = nearest(stops(moving.x, moving.width), others, (other) => stops(other.x, other.width));
  const down = nearest(stops(moving.y, moving.height), others, (other) => stops(other.y, other.height));
  const shifted = { ...moving, x: moving.x + (across ?? 0), y: moving.y + (down ?? 0) };
  const lines: AlignmentLine[] = [];
  for (const other of others) {
    const from = { x: Math.min(shifted.x, other.x), y: Math.min(shifted.y, other.y) };
    const to = {
      x: Math.max(shifted.x + shifted.width, other.x + other.width),
      y: Math.max(shifted.y + shifted.height, other.y + other.height),
    };
    const mine = stops(shifted.x, shifted.width);
    const level = stops(shifted.y, shifted.height);
    if (across !== null) {
      const at = stops(other.x, other.width).find((stop) => mine.includes(stop));
      if (at !== undefined) lines.push({ axis: "x", at, from: from.y, to: to.y });
    }
    if (down !== null) {
      const at = stops(other.y, other.height).find((stop) => level.includes(stop));
      if (at !== undefined) lines.push({ axis: "y", at, from: from.x, to: to.x });
    }
  }
  return { dx: across ?? 0, dy: down ?? 0, lines };
}
