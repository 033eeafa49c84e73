const STEPS = [
  { unit: "megabyte", bytes: 1_000_000 },
  { unit: "kilobyte", bytes: 1000 },
  { unit: "byte", bytes: 1 },
] as const;

/** Says a size as people read it. */
export function sizeText(bytes: number): string {
  const step = STEPS.find((one) => bytes >= one.bytes) ?? STEPS[2];
  const form = new Intl.NumberFormat(undefined, { style: "unit", unit: step.unit, maximumFractionDigits: 1 });
  return form.format(bytes / step.bytes);
}
