import { Badge } from "@/ui/Badge";
import { cx } from "@/ui/cx";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import type { Side, Version } from "./queries";
import { VersionMenu } from "./VersionMenu";

interface VersionListProps {
  readonly workflowId: string;
  readonly versions: readonly Version[];
  readonly before: Side | undefined;
  readonly after: Side | undefined;
  readonly onCompare: (before: Side, after: Side) => void;
}

/** All versions, the newest first; a click compares one with the version before it. */
export function VersionList({ workflowId, versions, before, after, onCompare }: VersionListProps) {
  return (
    <ol aria-label={copy.list} className="max-lg:max-h-72 max-lg:overflow-y-auto">
      {versions.map((version) => {
        const { number, label, message, source, created_at, node_count, is_deployed } = version;
        const isChosen = number === after || number === before;
        return (
          <li
            key={number}
            className={cx("flex items-start gap-1 border-b py-1 pr-2 pl-6 max-md:pl-4", isChosen && "bg-accent-tint")}
          >
            <button
              type="button"
              title={copy.compare(number)}
              aria-pressed={number === after}
              className="min-w-0 flex-1 py-1 text-left"
              onClick={() => onCompare(Math.max(1, number - 1), number)}
            >
              <span className="flex items-center gap-2">
                <span className="truncate font-medium">{label || copy.version(number)}</span>
                {is_deployed ? <Badge tone="ok">{copy.deployed}</Badge> : null}
              </span>
              <span className="block text-meta text-muted">
                {label ? `${copy.version(number)} · ` : ""}
                {copy.sources[source]} <Time at={created_at} /> · {copy.nodes(node_count)}
              </span>
              {message ? <span className="line-clamp-2 break-words text-meta">{message}</span> : null}
            </button>
            <VersionMenu workflowId={workflowId} version={version} onCompare={onCompare} />
          </li>
        );
      })}
    </ol>
  );
}
