import type { SelectOption } from "./Select";

/** Returns the time zones that the browser knows, UTC first, and one that is chosen already. */
export function timezones(own: string): SelectOption[] {
  const known = Intl.supportedValuesOf("timeZone");
  const all = ["UTC", ...known.filter((zone) => zone !== "UTC")];
  return (all.includes(own) ? all : [own, ...all]).map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }));
}
