const NUMBER = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

export function numberText(value: number): string {
  return NUMBER.format(value);
}

/** Returns "12.5 MB", by thousands. */
export function bytesText(bytes: number): string {
  const step = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${NUMBER.format(bytes / 1000 ** step)} ${UNITS[step] ?? ""}`;
}
