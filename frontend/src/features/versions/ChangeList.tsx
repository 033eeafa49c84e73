import { Minus, PencilLine, Plus } from "lucide-react";
import type { Definition, WorkflowEdge } from "@/domain/definition";
import type { DefinitionDiff } from "@/domain/diff";
import { Badge } from "@/ui/Badge";
import { copy } from "./copy";
import { FieldChanges } from "./FieldChanges";

interface ChangeListProps {
  readonly before: Definition;
  readonly after: Definition;
  readonly diff: DefinitionDiff;
}

const LOOKS = {
  added: { tone: "ok", label: copy.added, Icon: Plus },
  removed: { tone: "err", label: copy.removed, Icon: Minus },
  changed: { tone: "warn", label: copy.changed, Icon: PencilLine },
} as const;

function Mark({ kind }: { readonly kind: keyof typeof LOOKS }) {
  const { tone, label, Icon } = LOOKS[kind];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden="true" size={14} strokeWidth={2} />}>
      {label}
    </Badge>
  );
}

/** Every change by node and field, with what it was before. */
export function ChangeList({ before, after, diff: { nodes, edges, settings } }: ChangeListProps) {
  const labels = new Map([...before.nodes, ...after.nodes].map((node) => [node.id, node.data.label || node.id]));
  const textOf = ({ source, sourceHandle, target }: WorkflowEdge) =>
    `${labels.get(source) ?? source} (${sourceHandle}) → ${labels.get(target) ?? target}`;
  const whole = [
    ...nodes.added.map((node) => ({ node, kind: "added" as const })),
    ...nodes.removed.map((node) => ({ node, kind: "removed" as const })),
  ];
  const lines = [
    ...edges.added.map((edge) => ({ edge, kind: "added" as const })),
    ...edges.removed.map((edge) => ({ edge, kind: "removed" as const })),
  ];
  return (
    <section aria-label={copy.changes} className="flex flex-col gap-3">
      <h2 className="font-semibold text-panel">
        {copy.summary(nodes.added.length, nodes.removed.length, nodes.changed.length)}
      </h2>
      {whole.map(({ node, kind }) => (
        <article key={node.id} className="flex flex-wrap items-center gap-2 rounded-node border bg-surface px-4 py-2">
          <Mark kind={kind} />
          <h3 className="font-medium">{node.data.label || node.id}</h3>
          <span className="text-meta text-muted">{node.type}</span>
        </article>
      ))}
      {nodes.changed.map((node) => (
        <article key={node.id} className="rounded-node border bg-surface">
          <header className="flex flex-wrap items-center gap-2 px-4 py-2">
            <Mark kind="changed" />
            <h3 className="font-medium">{node.label}</h3>
            <span className="text-meta text-muted">{node.type}</span>
          </header>
          <FieldChanges changes={node.changes} />
        </article>
      ))}
      {lines.length > 0 ? (
        <article className="rounded-node border bg-surface px-4 py-2">
          <h3 className="pb-1 font-medium">{copy.edges}</h3>
          <ul className="flex flex-col gap-1">
            {lines.map(({ edge, kind }) => (
              <li key={`${kind} ${edge.id}`} className="flex flex-wrap items-center gap-2">
                <Mark kind={kind} />
                {textOf(edge)}
              </li>
            ))}
          </ul>
        </article>
      ) : null}
      {settings.length > 0 ? (
        <article className="rounded-node border bg-surface">
          <h3 className="px-4 py-2 font-medium">{copy.settings}</h3>
          <FieldChanges changes={settings} />
        </article>
      ) : null}
    </section>
  );
}
