import { Command } from "cmdk";
import { useMemo, useState } from "react";
import { connect } from "@/domain/commands";
import type { HandleRef } from "@/domain/handles";
import { searchEntries } from "@/domain/search";
import { useDocument } from "@/features/document";
import { Dialog } from "@/ui/Dialog";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, say } from "../editorStore";
import { type Choice, connectChoices } from "./connectChoices";

/** Connecting by the keyboard: all connections that can be made at the node. */
export function ConnectPanel({ nodeId }: { readonly nodeId: string }) {
  const { catalogue, actions, viewport } = useEditorContext();
  const definition = useDocument((state) => state.definition);
  const [query, setQuery] = useState("");
  const node = definition.nodes.find((entry) => entry.id === nodeId);
  const choices = useMemo(() => connectChoices(definition, catalogue, nodeId), [definition, catalogue, nodeId]);
  const nameOf = (ref: HandleRef) => definition.nodes.find((entry) => entry.id === ref.node)?.data.label ?? "";
  const close = () => {
    editorStore.setState({ connectFrom: null });
    viewport.focus();
  };
  const choose = ({ from, to }: Choice) => {
    actions.run(connect({ source: from.node, sourceHandle: from.handle, target: to.node, targetHandle: to.handle }));
    say(copy.connected(nameOf(from), nameOf(to)));
    close();
  };
  return (
    <Dialog isOpen onClose={close} title={copy.connectFrom(node?.data.label ?? "")}>
      <Command label={copy.connectSearch} loop shouldFilter={false}>
        <Command.Input
          autoFocus
          value={query}
          onValueChange={setQuery}
          placeholder={copy.connectSearch}
          className="mb-2 h-9 w-full rounded-control border border-control/60 bg-transparent px-3 outline-none focus-visible:border-accent"
        />
        <Command.List className="max-h-[50dvh] overflow-y-auto">
          <Command.Empty className="px-3 py-6 text-center text-muted">
            {query === "" ? copy.connectNothing : copy.connectNotFound}
          </Command.Empty>
          {searchEntries(choices, query, (one) => one.names).map((one) => (
            <Command.Item
              key={JSON.stringify([one.from, one.to])}
              value={JSON.stringify([one.from, one.to])}
              onSelect={() => choose(one)}
              className="flex h-9 cursor-pointer items-center rounded-control px-2.5 data-[selected=true]:bg-raised"
            >
              <span className="truncate">{one.label}</span>
            </Command.Item>
          ))}
        </Command.List>
      </Command>
    </Dialog>
  );
}
