/** Where the handles of a node stand on its border: inputs left, outputs right, slots for helpers below. */

import { type NodeHandle, Position } from "@xyflow/react";
import { HANDLE_STEP, type Size } from "@/domain/geometry";
import type { Handle, Handles } from "@/domain/handles";

export interface PlacedHandle {
  readonly handle: Handle;
  readonly kind: "source" | "target";
  readonly position: Position;
  /** The handle's middle, from the node's upper left corner. */
  readonly x: number;
  readonly y: number;
}

export const HANDLE_SIZE = 12;
const CORNER = 20;
const ITEMS = "items";

/** Returns all handles with their places. An error output that leads nowhere waits at the lower corner, one for tools at the upper. */
export function placeHandles(handles: Handles, { width, height }: Size): PlacedHandle[] {
  const flows = (list: readonly Handle[]): Handle[] => list.filter((handle) => handle.gives === ITEMS);
  const slots = (list: readonly Handle[]): Handle[] => list.filter((handle) => handle.gives !== ITEMS);
  const isIdle = (handle: Handle): boolean => handle.isIdle;
  const column = (list: readonly Handle[], kind: "source" | "target"): PlacedHandle[] =>
    list.map((handle, at) => ({
      handle,
      kind,
      position: kind === "source" ? Position.Right : Position.Left,
      x: kind === "source" ? width : 0,
      y: height / 2 + (at - (list.length - 1) / 2) * HANDLE_STEP,
    }));
  const row = (list: readonly Handle[], kind: "source" | "target"): PlacedHandle[] =>
    list.map((handle, at) => ({
      handle,
      kind,
      position: kind === "source" ? Position.Top : Position.Bottom,
      x: (width * (at + 0.5)) / list.length, // as far apart as they can be: each has its name below
      y: kind === "source" ? 0 : height,
    }));
  // An error leaves below; a tool stands below the step that it helps, so it leads up.
  const idle = handles.outputs.filter(isIdle).map(
    (handle): PlacedHandle => ({
      handle,
      kind: "source",
      position: handle.isError ? Position.Bottom : Position.Top,
      x: width - CORNER,
      y: handle.isError ? height : 0,
    }),
  );
  return [
    ...column(flows(handles.inputs), "target"),
    ...row(slots(handles.inputs), "target"),
    ...column(
      flows(handles.outputs).filter((handle) => !isIdle(handle)),
      "source",
    ),
    ...row(
      slots(handles.outputs).filter((handle) => !isIdle(handle)),
      "source",
    ),
    ...idle,
  ];
}

/** Returns the handles as the canvas library takes them, so that it need not measure. */
export function flowHandles(placed: readonly PlacedHandle[]): NodeHandle[] {
  return placed.map(({ handle, kind, position, x, y }) => ({
    id: handle.name,
    type: kind,
    position,
    x: x - HANDLE_SIZE / 2,
    y: y - HANDLE_SIZE / 2,
    width: HANDLE_SIZE,
    height: HANDLE_SIZE,
  }));
}
