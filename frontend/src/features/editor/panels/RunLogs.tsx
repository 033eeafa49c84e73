import { useLiveRun } from "@/features/liveRun";
import { VirtualList } from "@/ui/VirtualList";
import { copy } from "../copy";

const TONES: Readonly<Record<string, string>> = { error: "text-err", warning: "text-warn" };

/** What the run logged; it follows the end until somebody scrolls up. */
export function RunLogs() {
  const logs = useLiveRun((live) => live.run.logs);
  if (logs.length === 0) return <p className="p-4 text-muted">{copy.noLogs}</p>;
  return (
    <VirtualList
      label={copy.logs}
      role="log"
      isFollowing
      className="h-full py-1 font-mono text-meta"
      items={logs}
      estimate={20}
      itemKey={(line, at) => `${line.seq}:${at}`}
      render={(line) => (
        <p className="flex gap-3 whitespace-pre-wrap break-words px-3">
          <span className="shrink-0 text-muted">{line.at.slice(11, 23)}</span>
          <span className={TONES[line.level] ?? ""}>{line.message}</span>
        </p>
      )}
    />
  );
}
