/** Everything the editor can do by name and keys: the palette, the sheet of keys and the keyboard share this list. */

import type { WorkflowNode } from "@/domain/definition";
import { includes } from "@/domain/roles";
import { documentStore } from "@/features/document";
import type { Command } from "@/ui/commandStore";
import { copy } from "../copy";
import type { EditorContextValue } from "../editorContext";
import { currentNode, editorStore, select } from "../editorStore";
import { togglePins } from "../run/pinning";
import { tidy } from "./tidy";
import { type Direction, movedBy, neighbourOf } from "./walking";

export interface EditorCommand extends Command {
  readonly moreKeys?: readonly string[];
  /** Acts from fields too, and from panels beside the canvas. */
  readonly isEverywhere?: boolean;
  /** Acts from buttons and choices beside the canvas too, but not where something is written. */
  readonly isBesideCanvas?: boolean;
  /** Changes nothing: works on what may only be looked at. */
  readonly isReading?: boolean;
  /** Starts or stops runs: for who has the role of a runner. */
  readonly isRun?: boolean;
}

const DIRECTIONS: readonly Direction[] = ["right", "left", "up", "down"];

/** Ways to other screens. */
export interface Ways {
  readonly go: (path: string) => void;
  /** Into the workflow that a node calls. */
  readonly goInto: (node: WorkflowNode | undefined) => void;
}

/** Returns what somebody with this role may do. */
export function editorCommands(context: EditorContextValue, ways: Ways): EditorCommand[] {
  const mayRun = includes(context.role, "runner");
  return [
    ...editing(context),
    ...running(context, ways),
    ...moving(context),
    ...looking(context),
    ...opening(context, ways),
  ].filter(({ isReading = false, isRun = false }) => (isReading || !context.isReadOnly) && (mayRun || !isRun));
}

function editing({ actions }: EditorContextValue): EditorCommand[] {
  const group = copy.groups.edit;
  const connectFrom = () => editorStore.setState({ connectFrom: currentNode() ?? null });
  return [
    { id: "add", label: copy.add, group, keys: "n", run: actions.add },
    { id: "add-note", label: copy.addNote, group, keys: "shift+n", run: () => actions.addNote() },
    { id: "connect", label: `${copy.connect}…`, group, keys: "c", run: connectFrom },
    { id: "open", label: copy.open, group, keys: "enter", isReading: true, run: () => actions.openDetail() },
    { id: "rename", label: copy.rename, group, keys: "f2", run: actions.askName },
    { id: "undo", label: copy.undo, group, keys: "mod+z", isBesideCanvas: true, run: actions.undo },
    {
      id: "redo",
      label: copy.redo,
      group,
      keys: "mod+shift+z",
      moreKeys: ["mod+y"],
      isBesideCanvas: true,
      run: actions.redo,
    },
    { id: "duplicate", label: copy.duplicate, group, keys: "mod+d", run: actions.duplicate },
    { id: "disable", label: `${copy.disable} / ${copy.enable}`, group, keys: "d", run: actions.toggleDisabled },
    {
      id: "delete",
      label: copy.delete,
      group,
      keys: "delete",
      moreKeys: ["backspace"],
      run: () => actions.remove(),
    },
    {
      id: "delete-open",
      label: `${copy.delete}, gaps stay open`,
      group,
      keys: "alt+delete",
      moreKeys: ["alt+backspace"],
      run: () => actions.remove("leave"),
    },
    { id: "all", label: copy.selectAll, group, keys: "mod+a", isReading: true, run: actions.selectAll },
    {
      id: "version",
      label: copy.snapshot,
      group,
      keys: "mod+s",
      isEverywhere: true,
      run: () => editorStore.setState({ isSnapshotOpen: true }),
    },
  ];
}

function running({ runner, workflowId }: EditorContextValue, { go }: Ways): EditorCommand[] {
  const group = copy.groups.run;
  const part = (scope: "only" | "to" | "from") => () => {
    const id = currentNode();
    if (id !== undefined) runner.startPart(id, scope);
  };
  const pin = () => {
    const ids = [...editorStore.getState().selection.nodes];
    void togglePins(ids, runner.state.getState().executionId, runner.live.getState().byNode);
  };
  const openRun = () => {
    const { executionId } = runner.state.getState();
    if (executionId !== null) go(`/workflows/${workflowId}/runs/${executionId}`);
  };
  return [
    {
      id: "run",
      label: copy.run,
      group,
      keys: "mod+enter",
      isEverywhere: true,
      isReading: true,
      isRun: true,
      run: runner.start,
    },
    {
      id: "run-to",
      label: copy.runTo,
      group,
      keys: "mod+shift+enter",
      isEverywhere: true,
      isReading: true,
      isRun: true,
      run: part("to"),
    },
    { id: "run-only", label: copy.runOnly, group, keys: "r", isReading: true, isRun: true, run: part("only") },
    {
      id: "run-from",
      label: copy.runFrom,
      group,
      keys: "shift+r",
      isReading: true,
      isRun: true,
      run: part("from"),
    },
    {
      id: "stop",
      label: copy.stop,
      group,
      keys: "mod+.",
      isEverywhere: true,
      isReading: true,
      isRun: true,
      run: runner.stop,
    },
    { id: "open-run", label: copy.openRun, group, isReading: true, run: openRun },
    { id: "clear-run", label: copy.clearRun, group, isReading: true, run: runner.clear },
    { id: "pin", label: `${copy.pin} / ${copy.unpin}`, group, keys: "p", run: pin },
  ];
}

function moving({ actions, viewport, catalogue }: EditorContextValue): EditorCommand[] {
  const group = copy.groups.canvas;
  const walk = (direction: Direction) => () => {
    const next = neighbourOf(documentStore.getState().definition, currentNode(), direction);
    if (next === undefined) return;
    select([next]);
    viewport.reveal([next]);
  };
  const move = (direction: Direction, steps: number) => () => {
    const ids = [...editorStore.getState().selection.nodes];
    if (ids.length > 0) actions.run(movedBy(documentStore.getState().definition, ids, direction, steps));
  };
  return [
    ...DIRECTIONS.flatMap((direction): EditorCommand[] => [
      {
        id: `walk-${direction}`,
        label: copy.walk,
        group,
        keys: `arrow${direction}`,
        isReading: true,
        run: walk(direction),
      },
      {
        id: `move-${direction}`,
        label: copy.moveBy,
        group,
        keys: `alt+arrow${direction}`,
        run: move(direction, 1),
      },
      {
        id: `move-far-${direction}`,
        label: copy.moveBy,
        group,
        keys: `alt+shift+arrow${direction}`,
        run: move(direction, 4),
      },
    ]),
    { id: "tidy", label: copy.tidy, group, keys: "shift+t", run: () => void tidy(catalogue, () => viewport.fit()) },
  ];
}

function looking({ viewport }: EditorContextValue): EditorCommand[] {
  const group = copy.groups.canvas;
  const chosen = () => [...editorStore.getState().selection.nodes];
  return [
    { id: "zoom-full", label: copy.zoomFull, group, keys: "0", isReading: true, run: () => viewport.zoomTo(1) },
    { id: "fit", label: copy.fit, group, keys: "1", isReading: true, run: () => viewport.fit() },
    {
      id: "fit-chosen",
      label: copy.fitSelection,
      group,
      keys: "2",
      isReading: true,
      run: () => viewport.fit(chosen()),
    },
    {
      id: "zoom-in",
      label: copy.zoomIn,
      group,
      keys: "=",
      moreKeys: ["shift+="],
      isReading: true,
      run: () => viewport.zoomBy(1),
    },
    { id: "zoom-out", label: copy.zoomOut, group, keys: "-", isReading: true, run: () => viewport.zoomBy(-1) },
  ];
}

function opening({ viewport }: EditorContextValue, { goInto }: Ways): EditorCommand[] {
  const group = copy.groups.panels;
  const leave = () => {
    const { palette, isOutlineOpen, isRunPanelOpen, selection } = editorStore.getState();
    if (palette) return editorStore.setState({ palette: null });
    if (isOutlineOpen) {
      editorStore.setState({ isOutlineOpen: false });
      return viewport.focus();
    }
    if (selection.nodes.size + selection.edges.size > 0) return select([]);
    if (isRunPanelOpen) editorStore.setState({ isRunPanelOpen: false });
  };
  const toggle = (name: "isRunPanelOpen" | "isOutlineOpen") => () =>
    editorStore.setState((state) => ({ [name]: !state[name] }));
  const minimap = () => editorStore.setState(({ hasMinimap }) => ({ hasMinimap: !(hasMinimap ?? false) }));
  return [
    {
      id: "find",
      label: copy.find,
      group,
      keys: "mod+f",
      isEverywhere: true,
      isReading: true,
      run: () => editorStore.setState({ isFinding: true }),
    },
    { id: "outline", label: copy.outline, group, keys: "o", isReading: true, run: toggle("isOutlineOpen") },
    { id: "run-panel", label: copy.runPanelShow, group, keys: "l", isReading: true, run: toggle("isRunPanelOpen") },
    { id: "minimap", label: copy.minimap, group, keys: "m", isReading: true, run: minimap },
    { id: "deselect", label: copy.deselect, group, keys: "escape", isReading: true, run: leave },
    {
      id: "go-into",
      label: copy.openSubWorkflow,
      group,
      keys: "mod+shift+o",
      isReading: true,
      run: () => goInto(documentStore.getState().definition.nodes.find((node) => node.id === currentNode())),
    },
  ];
}
