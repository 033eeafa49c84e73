import { createContext, useContext } from "react";
import type { Catalogue } from "@/domain/catalogue";
import type { Point } from "@/domain/definition";
import type { Role } from "@/domain/roles";
import type { EditorActions } from "./actions/editorActions";
import type { Runner } from "./run/runner";

/** Moves the canvas; places are the definition's. */
export interface ViewportControl {
  readonly toPlace: (screen: Point) => Point;
  readonly middle: () => Point;
  /** The pointer's place over the canvas, else the middle. */
  readonly pointer: () => Point;
  /** Brings nodes into view, if they are not, or not even a part of them. */
  readonly reveal: (ids: readonly string[], isPartEnough?: boolean) => void;
  readonly fit: (ids?: readonly string[]) => void;
  readonly zoomBy: (direction: 1 | -1) => void;
  readonly zoomTo: (zoom: number) => void;
  readonly focus: () => void;
}

export interface EditorContextValue {
  readonly workflowId: string;
  readonly catalogue: Catalogue;
  readonly actions: EditorActions;
  readonly runner: Runner;
  readonly viewport: ViewportControl;
  readonly role: Role;
  readonly isReadOnly: boolean;
}

export const EditorContext = createContext<EditorContextValue | null>(null);

export function useEditorContext(): EditorContextValue {
  const value = useContext(EditorContext);
  if (value === null) throw new Error("Only inside of an editor");
  return value;
}
