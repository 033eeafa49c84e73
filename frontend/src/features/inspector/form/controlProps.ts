import type { ReactNode } from "react";
import type { FieldModel } from "@/domain/form";
import type { Json } from "@/domain/json";
import type { Path } from "@/domain/paths";

/** Sets one value of the params; `undefined` takes it away. */
export type ChangeField = (path: Path, value: Json | undefined, label: string) => void;

/** Draws a field inside another one, which may take its changes itself. */
export type RenderField = (field: FieldModel, isBare?: boolean, onChange?: ChangeField) => ReactNode;

/** What every control gets: its field, and what joins it with its label and messages. */
export interface ControlProps {
  readonly field: FieldModel;
  readonly onChange: ChangeField;
  /** Draws a field that stands inside this one; a bare one is named, but shows no label of its own. */
  readonly renderField: RenderField;
  readonly id?: string;
  readonly isDisabled?: boolean;
  readonly "aria-describedby"?: string | undefined;
  readonly "aria-invalid"?: boolean | undefined;
  readonly "aria-required"?: boolean | undefined;
}

/** Returns the part of a control's props that goes on to the element. */
export function ariaOf(props: ControlProps) {
  return {
    ...(props.id ? { id: props.id } : {}),
    "aria-describedby": props["aria-describedby"],
    "aria-invalid": props["aria-invalid"],
    "aria-required": props["aria-required"],
  };
}

/** Returns what is drawn: what is set, else the default. */
export function shownValue(field: FieldModel): Json | undefined {
  return field.value === undefined ? field.default : field.value;
}

/** Returns a value as it is stored: an emptied text where nothing is the default is not stored at all. */
export function storedText(field: FieldModel, text: string): Json | undefined {
  const isDefaultEmpty = field.default === undefined || field.default === null || field.default === "";
  if (text !== "" || !isDefaultEmpty) return text;
  return field.nullable && field.default !== null ? null : undefined;
}
