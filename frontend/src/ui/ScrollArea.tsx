import { type ReactNode, useEffect, useRef, useState } from "react";

const FOCUSABLE = "a[href], button, input, select, textarea, [tabindex]";

interface ScrollAreaProps {
  readonly className: string;
  readonly children: ReactNode;
}

/** Scrolls what does not fit. Where nothing inside takes the focus it does so itself, so that keys can scroll it. */
export function ScrollArea({ className, children }: ScrollAreaProps) {
  const box = useRef<HTMLDivElement>(null);
  const [takesFocus, setTakesFocus] = useState(false);
  useEffect(() => {
    const { current } = box;
    if (current === null || typeof ResizeObserver === "undefined") return;
    const look = () =>
      setTakesFocus(current.scrollHeight > current.clientHeight && current.querySelector(FOCUSABLE) === null);
    const observer = new ResizeObserver(look);
    observer.observe(current);
    for (const child of current.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  return (
    // It can be scrolled, and nothing else here could be reached
    <div ref={box} tabIndex={takesFocus ? 0 : undefined} className={className}>
      {children}
    </div>
  );
}
