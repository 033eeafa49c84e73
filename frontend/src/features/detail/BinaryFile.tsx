import { Download, Eye, File } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api";
import { formatBytes } from "@/domain/format";
import type { Json, JsonObject } from "@/domain/json";
import { IconButton } from "@/ui/IconButton";
import { copy } from "./copy";
import { DeleteFile } from "./DeleteFile";
import { FilePreview } from "./FilePreview";
import { loadFile } from "./queries";

interface BinaryFileProps {
  readonly name: string;
  readonly file: JsonObject;
}

const SHOWN_BYTES = 5_000_000;
const text = (value: Json | undefined) => (typeof value === "string" ? value : "");

/** A file: its name, type and size; images and texts are shown, all are downloaded. */
export function BinaryFile({ name, file }: BinaryFileProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [problem, setProblem] = useState("");
  const [isGone, setIsGone] = useState(false);
  const [id, type, fileName] = [text(file.id), text(file.mime_type), text(file.file_name) || name];
  const bytes = typeof file.size_bytes === "number" ? file.size_bytes : null;
  // No SVG: it is a document that may hold scripts.
  const canShow = /^(image\/(png|jpeg|webp|gif)|text\/|application\/json)/.test(type) && (bytes ?? 0) <= SHOWN_BYTES;
  const download = async () => {
    const url = URL.createObjectURL(await loadFile(id));
    const link = Object.assign(document.createElement("a"), { href: url, download: fileName });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <div>
      <div className="flex items-center gap-2 py-0.5">
        <File aria-hidden="true" size={14} strokeWidth={1.75} className="shrink-0 text-muted" />
        <span className="font-medium">{name}</span>
        <span className="min-w-0 truncate">{fileName === name ? "" : fileName}</span>
        <span className="ml-auto shrink-0 text-muted">
          {type}
          {bytes === null ? "" : ` · ${formatBytes(bytes)}`}
        </span>
        {isGone ? <span className="shrink-0 text-muted">{copy.gone}</span> : null}
        {canShow && id && !isGone ? (
          <IconButton
            size="small"
            label={copy.showFile(fileName)}
            aria-pressed={isOpen}
            icon={<Eye size={14} strokeWidth={1.75} />}
            onClick={() => setIsOpen(!isOpen)}
          />
        ) : null}
        {id && !isGone ? (
          <IconButton
            size="small"
            label={copy.download(fileName)}
            icon={<Download size={14} strokeWidth={1.75} />}
            onClick={() => {
              setProblem("");
              download().catch((error: unknown) => setProblem(asProblem(error).title));
            }}
          />
        ) : null}
        {id && !isGone ? <DeleteFile id={id} name={fileName} onDeleted={() => setIsGone(true)} /> : null}
      </div>
      {problem ? <p className="text-err">{problem}</p> : null}
      {isOpen && !isGone ? <FilePreview id={id} name={fileName} isImage={type.startsWith("image/")} /> : null}
    </div>
  );
}
