import type { FieldModel } from "@/domain/form";
import { type Json, sameJson } from "@/domain/json";

export interface ChoiceOption {
  readonly value: string;
  readonly label: string;
}

/** Returns a field's choices for controls that take texts alone: each by its place. */
export function optionsOf(field: FieldModel): ChoiceOption[] {
  return field.options.map(({ label }, at) => ({ value: String(at), label }));
}

export function placeOf(field: FieldModel, value: Json | undefined): string | undefined {
  const at = value === undefined ? -1 : field.options.findIndex((option) => sameJson(option.value, value));
  return at < 0 ? undefined : String(at);
}

export function valueAt(field: FieldModel, place: string): Json | undefined {
  return field.options[Number(place)]?.value;
}
