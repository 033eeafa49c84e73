import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { copy } from "./copy";
import { cx } from "./cx";
import { Input } from "./Input";

interface SearchInputProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** How long after the last key the change is told. */
  readonly delayMs?: number;
  readonly className?: string;
}

/** A search field that speaks when writing rests. */
export function SearchInput({ label, value, onChange, delayMs = 250, className }: SearchInputProps) {
  const [text, setText] = useState(value);
  const [given, setGiven] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  if (given !== value) {
    setGiven(value);
    setText(value);
  }
  useEffect(() => () => clearTimeout(timer.current), []);
  const write = (next: string, afterMs: number) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange(next), afterMs);
  };
  return (
    <div className={cx("relative w-64 max-w-full max-md:w-full", className)}>
      <Search
        aria-hidden="true"
        size={16}
        strokeWidth={1.75}
        className="pointer-events-none absolute inset-y-0 left-2.5 my-auto text-muted"
      />
      <Input
        type="text"
        role="searchbox"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => write(event.target.value, delayMs)}
        onKeyDown={(event) => {
          if (event.key === "Enter") write(text, 0);
          if (event.key === "Escape" && text !== "") {
            event.stopPropagation();
            write("", 0);
          }
        }}
        className="pr-8 pl-8"
      />
      {text ? (
        <button
          type="button"
          aria-label={copy.clearSearch}
          onClick={() => write("", 0)}
          className="absolute inset-y-0 right-1 my-auto inline-flex size-6 items-center justify-center rounded-control text-muted hover:bg-raised"
        >
          <X aria-hidden="true" size={14} strokeWidth={2} />
        </button>
      ) : null}
    </div>
  );
}
