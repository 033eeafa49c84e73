import {
  Copy,
  CornerDownRight,
  EyeOff,
  Maximize2,
  Pencil,
  Pin,
  Play,
  Plus,
  StickyNote,
  Target,
  Trash2,
  Waypoints,
  Workflow,
} from "lucide-react";
import { calledWorkflow } from "@/domain/calledWorkflow";
import { setNote } from "@/domain/commands";
import { NOTE, type Point } from "@/domain/definition";
import { useDocument } from "@/features/document";
import { NOTE_TINTS } from "@/features/graph";
import type { ContextMenuEntry } from "@/ui/ContextMenu";
import { centred } from "../actions/editorActions";
import { tidy } from "../actions/tidy";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, useEditor } from "../editorStore";
import { togglePins } from "../run/pinning";
import { useGoInto } from "../useGoInto";

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

/** What a right click offers for what is chosen, or for the empty canvas at a place. */
export function useMenuEntries(place: Point | null): ContextMenuEntry[] {
  const { actions, runner, catalogue, viewport, isReadOnly } = useEditorContext();
  const goInto = useGoInto();
  const selection = useEditor((state) => state.selection);
  const nodes = useDocument((state) => state.definition.nodes);
  const ids = [...selection.nodes];
  const chosen = nodes.filter((node) => selection.nodes.has(node.id));
  const [only] = chosen;
  const isOne = chosen.length === 1 && only !== undefined;
  const [edge] = selection.edges;
  if (isReadOnly) {
    return isOne
      ? [{ id: "open", label: copy.open, icon: <Maximize2 {...ICON} />, onSelect: () => actions.openDetail(only.id) }]
      : [];
  }
  const copyNow = (kind: "copy" | "cut") => () => {
    viewport.focus();
    requestAnimationFrame(() => requestAnimationFrame(() => document.execCommand(kind)));
  };
  const clipboard: ContextMenuEntry[] = [
    {
      id: "copy",
      label: copy.copy,
      icon: <Copy {...ICON} />,
      keys: "mod+c",
      startsGroup: true,
      onSelect: copyNow("copy"),
    },
    { id: "cut", label: copy.cutAction, keys: "mod+x", onSelect: copyNow("cut") },
    { id: "duplicate", label: copy.duplicate, keys: "mod+d", onSelect: actions.duplicate },
    {
      id: "delete",
      label: copy.delete,
      icon: <Trash2 {...ICON} />,
      keys: "delete",
      isDangerous: true,
      startsGroup: true,
      onSelect: () => actions.remove(),
    },
  ];
  if (isOne && only.type === NOTE) {
    const tints = NOTE_TINTS.map((color) => ({
      id: color,
      label: color.charAt(0).toUpperCase() + color.slice(1),
      onSelect: () => void actions.run(setNote(only.id, { color })),
    }));
    return [...tints, ...clipboard];
  }
  if (isOne) {
    const part = (scope: "only" | "to" | "from") => () => runner.startPart(only.id, scope);
    const behind = actions.behind(only.id);
    return [
      {
        id: "open",
        label: copy.open,
        icon: <Maximize2 {...ICON} />,
        keys: "enter",
        onSelect: () => actions.openDetail(only.id),
      },
      ...(calledWorkflow(catalogue.find(only.type, only.data.version), only.data.params)
        ? [
            {
              id: "go-into",
              label: copy.openSubWorkflow,
              icon: <Workflow {...ICON} />,
              keys: "mod+shift+o",
              onSelect: () => goInto(only),
            },
          ]
        : []),
      { id: "rename", label: copy.rename, icon: <Pencil {...ICON} />, keys: "f2", onSelect: actions.askName },
      {
        id: "only",
        label: copy.runOnly,
        icon: <Play {...ICON} />,
        keys: "r",
        startsGroup: true,
        onSelect: part("only"),
      },
      { id: "to", label: copy.runTo, icon: <Target {...ICON} />, keys: "mod+shift+enter", onSelect: part("to") },
      { id: "from", label: copy.runFrom, icon: <CornerDownRight {...ICON} />, keys: "shift+r", onSelect: part("from") },
      {
        id: "add",
        label: copy.add,
        icon: <Plus {...ICON} />,
        keys: "n",
        startsGroup: true,
        disabled: behind === null,
        onSelect: () => editorStore.setState({ palette: behind }),
      },
      {
        id: "connect",
        label: `${copy.connect}…`,
        icon: <Waypoints {...ICON} />,
        keys: "c",
        onSelect: () => editorStore.setState({ connectFrom: only.id }),
      },
      {
        id: "disable",
        label: only.data.settings.disabled ? copy.enable : copy.disable,
        icon: <EyeOff {...ICON} />,
        keys: "d",
        onSelect: actions.toggleDisabled,
      },
      {
        id: "pin",
        label: `${copy.pin} / ${copy.unpin}`,
        icon: <Pin {...ICON} />,
        keys: "p",
        onSelect: () => void togglePins([only.id], runner.state.getState().executionId, runner.live.getState().byNode),
      },
      ...clipboard,
    ];
  }
  if (ids.length > 1) {
    return [
      { id: "tidy", label: copy.tidy, keys: "shift+t", onSelect: () => void tidy(catalogue, () => undefined) },
      { id: "disable", label: `${copy.disable} / ${copy.enable}`, keys: "d", onSelect: actions.toggleDisabled },
      ...clipboard,
    ];
  }
  if (edge !== undefined) {
    return [
      {
        id: "insert",
        label: copy.add,
        icon: <Plus {...ICON} />,
        onSelect: () => editorStore.setState({ palette: { kind: "edge", edge } }),
      },
      {
        id: "delete",
        label: copy.delete,
        icon: <Trash2 {...ICON} />,
        keys: "delete",
        isDangerous: true,
        onSelect: () => actions.remove(),
      },
    ];
  }
  const at = place === null ? {} : { at: centred(place) };
  return [
    {
      id: "add",
      label: copy.add,
      icon: <Plus {...ICON} />,
      keys: "n",
      onSelect: () => editorStore.setState({ palette: { kind: "free", ...at } }),
    },
    {
      id: "note",
      label: copy.addNote,
      icon: <StickyNote {...ICON} />,
      keys: "shift+n",
      onSelect: () => actions.addNote(place ?? undefined),
    },
    { id: "all", label: copy.selectAll, keys: "mod+a", startsGroup: true, onSelect: actions.selectAll },
    { id: "tidy", label: copy.tidy, keys: "shift+t", onSelect: () => void tidy(catalogue, () => viewport.fit()) },
    { id: "fit", label: copy.fit, keys: "1", onSelect: () => viewport.fit() },
  ];
}
