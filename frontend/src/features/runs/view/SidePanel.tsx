import { type ReactNode, useState } from "react";
import { Splitter } from "@/ui/Splitter";
import { copy } from "../copy";

const MIN = 320;
const MAX = 720;
const USUAL = 440;

/** The panel beside the canvas; below the timeline on a phone. Its width stays while the page is open. */
let width = USUAL;

export function SidePanel({ children }: { readonly children: ReactNode }) {
  const [size, setSize] = useState(width);
  return (
    <>
      <div className="flex max-md:hidden">
        <Splitter
          orientation="vertical"
          label={copy.panelWidth}
          size={size}
          min={MIN}
          max={MAX}
          isPanelAfter
          onResize={(next) => {
            width = next;
            setSize(next);
          }}
        />
      </div>
      <aside
        aria-label={copy.data}
        style={{ width: size }}
        className="flex min-h-0 max-w-[60vw] shrink-0 flex-col bg-surface max-md:w-full! max-md:max-w-none max-md:border-t"
      >
        {children}
      </aside>
    </>
  );
}
