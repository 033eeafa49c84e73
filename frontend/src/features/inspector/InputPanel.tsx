import { ItemsView } from "@/features/detail";
import { useInsertTarget } from "@/features/expression";
import { Select } from "@/ui/Select";
import { Skeleton } from "@/ui/Skeleton";
import { copy } from "./copy";
import type { InputSource } from "./inputSources";

interface InputPanelProps {
  readonly sources: readonly InputSource[];
  readonly isPending: boolean;
  readonly isTrigger: boolean;
  readonly chosenId: string | null;
  readonly onChooseSource: (id: string) => void;
  readonly item: number;
  readonly onChooseItem: (at: number) => void;
}

/** What a node can read: what arrives at it, or the output of any node before it. */
export function InputPanel(props: InputPanelProps) {
  const { sources, isPending, isTrigger, chosenId, onChooseSource, item, onChooseItem } = props;
  const target = useInsertTarget((state) => state.target);
  const chosen = sources.find((source) => source.id === chosenId) ?? sources[0];
  return (
    <section aria-label={copy.data.input} className="flex h-full min-h-0 min-w-0 flex-col">
      <div className="flex h-11 shrink-0 items-center gap-3 border-b px-3">
        <h2 className="font-semibold">{copy.data.input}</h2>
        {chosen ? (
          <Select
            aria-label={copy.data.source}
            value={chosen.id}
            options={sources.map(({ id, label, base }) => ({
              value: id,
              label: base === "$json" ? label : `↖ ${label}`,
            }))}
            onChange={onChooseSource}
            className="max-w-60"
          />
        ) : null}
      </div>
      {chosen ? (
        <>
          <ItemsView
            key={chosen.id}
            label={copy.data.itemsIn(copy.data.input)}
            source={chosen.source}
            chosen={item}
            onChoose={onChooseItem}
            references={{ base: chosen.base, onInsert: target?.insert }}
          />
          <p className="border-t px-3 py-1.5 text-meta text-muted">
            {target ? copy.data.insertHint(target.label) : copy.data.noTarget}
          </p>
        </>
      ) : isPending ? (
        <Skeleton className="m-3 h-40" />
      ) : (
        <p className="p-4 text-muted">{isTrigger ? copy.data.isTrigger : copy.data.noInput}</p>
      )}
    </section>
  );
}
