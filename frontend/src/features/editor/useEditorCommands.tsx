import { useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { NOTE } from "@/domain/definition";
import { createNodeList } from "@/domain/graph";
import { useDocument } from "@/features/document";
import { tileColor } from "@/features/graph";
import type { Command } from "@/ui/commandStore";
import { Icon } from "@/ui/Icon";
import { isWriting, matchesKeys } from "@/ui/keys";
import { useCommands } from "@/ui/useCommands";
import { editorCommands } from "./actions/editorCommands";
import { copy } from "./copy";
import { useEditorContext } from "./editorContext";
import { select } from "./editorStore";
import { useGoInto } from "./useGoInto";

/** Offers everything the editor can do to the palette of commands, and acts on its keys. */
export function useEditorCommands(): void {
  const context = useEditorContext();
  const navigate = useNavigate();
  const [list] = useState(createNodeList);
  const nodes = useDocument((state) => list(state.definition.nodes));
  const goInto = useGoInto();
  const commands = useMemo(
    () => editorCommands(context, { go: (path) => void navigate(path), goInto }),
    [context, navigate, goInto],
  );
  const offered = useMemo(
    () => commands.map((command): Command => ({ ...command, isHandledElsewhere: true })),
    [commands],
  );
  const found = useMemo(
    () =>
      nodes
        .filter((node) => node.type !== NOTE)
        .map((node): Command => {
          const type = context.catalogue.find(node.type, node.data.version);
          return {
            id: `node:${node.id}`,
            label: node.data.label,
            group: copy.groups.nodes,
            kind: "node",
            keywords: [type?.label ?? node.type],
            icon: (
              <span style={{ color: tileColor(type) }}>
                <Icon name={type?.icon} size={16} />
              </span>
            ),
            run: () => {
              select([node.id]);
              context.viewport.reveal([node.id]);
            },
          };
        }),
    [nodes, context],
  );
  useCommands("editor", offered);
  useCommands("editor-nodes", found);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const { target } = event;
      const isOnCanvas =
        target === document.body || (target instanceof Element && target.closest("[data-editor-canvas]") !== null);
      const isFree = isOnCanvas && !isWriting(target);
      const command = commands.find(
        ({ keys = "", moreKeys = [], isBesideCanvas = false, isEverywhere = false }) =>
          (isFree || (isBesideCanvas && !isWriting(target)) || (isEverywhere && !isInDialog(target))) &&
          [keys, ...moreKeys].some((one) => one !== "" && matchesKeys(event, one)),
      );
      if (command === undefined) return;
      event.preventDefault();
      command.run();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [commands]);
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("[role=dialog], [role=menu], [role=listbox]") !== null;
}
