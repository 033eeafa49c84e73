import { partsOf } from "./marks";

interface MarkedTextProps {
  readonly text: string;
  readonly highlights?: readonly (readonly number[])[];
}

/** Text of a document as it was read, with what was found in it marked. */
export function MarkedText({ text, highlights = [] }: MarkedTextProps) {
  return (
    <p className="whitespace-pre-wrap break-words">
      {partsOf(text, highlights).map((part) =>
        part.isMarked ? (
          <mark key={part.at} className="rounded-control bg-warn-tint text-text">
            {part.text}
          </mark>
        ) : (
          part.text
        ),
      )}
    </p>
  );
}
