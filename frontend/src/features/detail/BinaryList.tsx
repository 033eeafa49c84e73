import { File } from "lucide-react";
import { formatBytes } from "@/domain/format";
import { isJsonObject, type JsonObject } from "@/domain/json";
import { copy } from "./copy";

interface BinaryListProps {
  readonly files: JsonObject;
}

/** The files of an item: name, type and size. */
export function BinaryList({ files }: BinaryListProps) {
  return (
    <section aria-label={copy.binaries} className="max-h-40 overflow-auto border-t px-3 py-2 text-meta">
      {Object.entries(files).map(([name, file]) => {
        const details = isJsonObject(file) ? file : {};
        const size = typeof details.size_bytes === "number" ? details.size_bytes : null;
        return (
          <p key={name} className="flex items-center gap-2 py-0.5">
            <File aria-hidden="true" size={14} strokeWidth={1.75} className="shrink-0 text-muted" />
            <span className="font-medium">{name}</span>
            <span className="min-w-0 truncate">{String(details.file_name ?? "")}</span>
            <span className="text-muted">{String(details.mime_type ?? "")}</span>
            <span className="ml-auto text-muted">{size === null ? "" : formatBytes(size)}</span>
          </p>
        );
      })}
    </section>
  );
}
