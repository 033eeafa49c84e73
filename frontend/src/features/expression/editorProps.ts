import type { RefObject } from "react";
import type { Sample } from "@/domain/completion";

export interface ExpressionEditorProps {
  readonly id?: string | undefined;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onBlur?: () => void;
  readonly isMultiline: boolean;
  /** Takes the height it is given. */
  readonly isLarge?: boolean;
  readonly placeholder?: string;
  /** Where the cursor stands; kept while the field is not in use. */
  readonly cursor: RefObject<number>;
  readonly sample: Sample;
  /** Where the syntax is wrong. */
  readonly wrongAt: number | null;
  readonly className?: string;
  readonly "aria-describedby"?: string | undefined;
  readonly "aria-invalid"?: boolean | undefined;
}

/** Of the two editors that follow each other. */
export interface StagedEditorProps extends ExpressionEditorProps {
  /** Where the selection begins that the first one leaves; null: there is none. */
  readonly anchor: RefObject<number | null>;
}
