import { type ReactNode, useRef, useState } from "react";
import { copy } from "./copy";

interface DropZoneProps {
  readonly onFiles: (files: readonly File[]) => void;
  readonly children: ReactNode;
}

/** Takes files that are dropped on what stands in it. */
export function DropZone({ onFiles, children }: DropZoneProps) {
  const depth = useRef(0); // of elements that the pointer has entered
  const [isOver, setIsOver] = useState(false);
  const leave = () => {
    depth.current = 0;
    setIsOver(false);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra way; the button beside it uploads, too
    <div
      className="relative"
      onDragEnter={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        depth.current += 1;
        setIsOver(true);
      }}
      onDragLeave={() => {
        depth.current -= 1;
        if (depth.current <= 0) leave();
      }}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes("Files")) event.preventDefault();
      }}
      onDrop={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        leave();
        onFiles([...event.dataTransfer.files]);
      }}
    >
      {children}
      {isOver ? (
        <div className="pointer-events-none absolute inset-0 flex items-center justify-center rounded-control border-2 border-accent border-dashed bg-accent-tint">
          <p className="font-medium text-panel">{copy.drop}</p>
        </div>
      ) : null}
    </div>
  );
}
