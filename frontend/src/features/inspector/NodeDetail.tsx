import { Dialog } from "radix-ui";
import { useState } from "react";
import { copy } from "./copy";
import { DetailBody } from "./DetailBody";
import type { NodeViewProps } from "./nodeView";

export interface NodeDetailProps extends NodeViewProps {
  readonly onClose: () => void;
  /** Shows another node instead. */
  readonly onSelectNode: (nodeId: string) => void;
}

/** One node over the whole page: its input, its params, its output. Esc closes it. */
export function NodeDetail(props: NodeDetailProps) {
  const node = props.definition.nodes.find((entry) => entry.id === props.nodeId);
  /** The item that all previews are shown for; it stays when another node is looked at. */
  const [item, setItem] = useState(0);
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && props.onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-30 animate-fade bg-[rgb(0_0_0/40%)]" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-4 z-30 flex animate-fade flex-col overflow-hidden rounded-dialog border bg-surface shadow-high outline-none max-md:inset-0 max-md:rounded-none"
          // Not the name, which a key would overwrite.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
          }}
          onEscapeKeyDown={(event) => {
            // A name that is being written is taken back first.
            if (event.target instanceof Element && event.target.closest("[data-keeps-escape]")) event.preventDefault();
          }}
        >
          <Dialog.Title className="sr-only">{node?.data.label ?? copy.node.gone}</Dialog.Title>
          <DetailBody key={props.nodeId} {...props} item={item} onChooseItem={setItem} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
