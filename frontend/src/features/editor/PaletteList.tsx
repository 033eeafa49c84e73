import type { NodeType } from "@/domain/definition";
import { Icon } from "@/ui/Icon";

interface PaletteListProps {
  readonly title: string;
  readonly types: readonly NodeType[];
  readonly onChoose: (type: NodeType) => void;
}

/** One group of node types. */
export function PaletteList({ title, types, onChoose }: PaletteListProps) {
  return (
    <section aria-label={title}>
      <h3 className="sticky top-0 bg-surface px-2 pt-3 pb-1 font-medium text-meta text-muted">{title}</h3>
      <ul className="flex flex-col">
        {types.map((type) => (
          <li key={type.kind}>
            <button
              type="button"
              onClick={() => onChoose(type)}
              className="flex w-full items-center gap-3 rounded-control px-2 py-1.5 text-left -outline-offset-2 hover:bg-raised"
            >
              <Icon name={type.icon} size={20} className="shrink-0 text-muted" />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{type.label}</span>
                <span className="block truncate text-meta text-muted">{type.description}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
