import { Upload } from "lucide-react";
import { useRef } from "react";
import { Button } from "@/ui/Button";
import { copy } from "./copy";

const TYPES = ".pdf,.docx,.xlsx,.txt,.md,.html,.htm,.csv,.json";

interface UploadButtonProps {
  readonly isBusy: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

/** Opens the browser's choice of files. */
export function UploadButton({ isBusy, onFiles }: UploadButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={TYPES}
        aria-label={copy.upload}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          target.value = ""; // the same file may be chosen again
          if (files.length > 0) onFiles(files);
        }}
      />
      <Button variant="primary" icon={<Upload size={16} />} isBusy={isBusy} onClick={() => input.current?.click()}>
        {copy.upload}
      </Button>
    </>
  );
}
