import { useState } from "react";
import { diffDefinitions } from "@/domain/diff";
import { mergeDefinitions } from "@/domain/merge";
import { type Draft, documentStore, dropDraft } from "@/features/document";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { copy } from "../copy";

interface DraftBannerProps {
  readonly draft: Draft;
  readonly onDone: () => void;
}

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" });

/** What was not saved before the page was left, offered over the canvas. */
export function DraftBanner({ draft, onDone }: DraftBannerProps) {
  const [isComparing, setIsComparing] = useState(false);
  const finish = () => {
    void dropDraft(draft.workflowId, draft.page);
    onDone();
  };
  const restore = () => {
    const { base, definition, adopt } = documentStore.getState();
    // Saved elsewhere since: both are merged; where they overlap, the draft was asked for.
    const merged = mergeDefinitions(draft.base.definition, draft.definition, definition);
    adopt(merged.definition, base, false);
    finish();
  };
  return (
    <div
      role="alert"
      className="absolute inset-x-0 top-2 z-20 mx-auto flex w-fit max-w-[calc(100%-16px)] animate-fade flex-wrap items-center gap-2 rounded-node border bg-surface px-3 py-2 shadow-mid"
    >
      <p className="mr-2">{copy.draft.title(TIME.format(draft.at))}</p>
      <Button size="small" variant="primary" onClick={restore}>
        {copy.draft.restore}
      </Button>
      <Button size="small" onClick={() => setIsComparing(true)}>
        {copy.draft.compare}
      </Button>
      <Button size="small" variant="ghost" onClick={finish}>
        {copy.draft.discard}
      </Button>
      <Dialog
        isOpen={isComparing}
        size="medium"
        title={copy.draft.compareTitle}
        onClose={() => setIsComparing(false)}
        footer={<Button onClick={() => setIsComparing(false)}>{copy.draft.close}</Button>}
      >
        {isComparing ? <Differences draft={draft} /> : null}
      </Dialog>
    </div>
  );
}

function Differences({ draft }: { readonly draft: Draft }) {
  const diff = diffDefinitions(documentStore.getState().definition, draft.definition);
  if (diff.isEmpty) return <p className="text-muted">{copy.draft.nothing}</p>;
  const name = (node: { data: { label: string }; type: string }) => node.data.label || node.type;
  const edges = diff.edges.added.length + diff.edges.removed.length;
  const rows = [
    { title: copy.draft.added, names: diff.nodes.added.map(name) },
    { title: copy.draft.removed, names: diff.nodes.removed.map(name) },
    {
      title: copy.draft.changed,
      names: diff.nodes.changed.map(
        (node) => `${node.label}: ${node.changes.map((change) => change.field).join(", ")}`,
      ),
    },
    { title: copy.draft.edges(edges), names: edges > 0 ? [""] : [] },
    { title: copy.draft.settings, names: diff.settings.map((change) => change.field) },
  ].filter(({ names }) => names.length > 0);
  return (
    <dl className="flex flex-col gap-3">
      {rows.map(({ title, names }) => (
        <div key={title}>
          <dt className="font-medium">{title}</dt>
          {names.map((text) => (
            <dd key={text} className="break-words text-muted">
              {text}
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
