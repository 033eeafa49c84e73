import type { Extension } from "@codemirror/state";

/** A finding to mark in the text. */
export interface CodeProblem {
  /** From 1. */
  readonly line: number;
  /** From 0. */
  readonly column: number;
  readonly message: string;
  readonly severity?: "error" | "warning";
}

export interface CodeEditorProps {
  readonly id?: string;
  readonly label: string;
  readonly value: string;
  readonly onChange?: (value: string) => void;
  readonly onBlur?: () => void;
  readonly language?: "python" | "javascript" | "json" | null;
  readonly problems?: readonly CodeProblem[];
  readonly isReadOnly?: boolean;
  /** Further behaviour, such as completion. Keep it stable. */
  readonly extensions?: readonly Extension[];
  readonly className?: string;
  readonly "aria-describedby"?: string | undefined;
  readonly "aria-invalid"?: boolean | undefined;
}
