import { type ReactNode, useState } from "react";
import { cx } from "@/ui/cx";
import { Splitter } from "@/ui/Splitter";
import { copy } from "../copy";

const MIN = 320;
const MAX = 720;
const USUAL = 440;

/** Stays while the page is open. */
let width = USUAL;

interface SidePanelProps {
  /** There is nothing to show yet: a phone leaves it out. */
  readonly isEmpty: boolean;
  readonly children: ReactNode;
}

/** The panel beside the canvas; below the timeline on a phone. */
export function SidePanel({ isEmpty, children }: SidePanelProps) {
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
        className={cx(
          "flex min-h-0 max-w-[60vw] shrink-0 flex-col bg-surface max-md:w-full! max-md:max-w-none max-md:border-t md:max-lg:h-0 md:max-lg:min-h-full md:max-lg:max-w-[46vw]",
          isEmpty && "max-md:hidden",
        )}
      >
        {children}
      </aside>
    </>
  );
}
