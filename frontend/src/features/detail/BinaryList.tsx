import { isJsonObject, type JsonObject } from "@/domain/json";
import { BinaryFile } from "./BinaryFile";
import { copy } from "./copy";

interface BinaryListProps {
  readonly files: JsonObject;
}

/** The files of an item. */
export function BinaryList({ files }: BinaryListProps) {
  return (
    <section aria-label={copy.binaries} className="max-h-60 shrink-0 overflow-auto border-t px-3 py-2 text-meta">
      {Object.entries(files).map(([name, file]) => (
        <BinaryFile key={name} name={name} file={isJsonObject(file) ? file : {}} />
      ))}
    </section>
  );
}
