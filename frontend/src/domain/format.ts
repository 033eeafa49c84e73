/** Durations, counts, bytes, moments and money as people read them. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOTHING = "–";

const pad = (value: number): string => String(value).padStart(2, "0");

/** Return "212 ms", "1.4 s", "2 min 05 s", "3 h 20 min", "2 d 4 h". */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NOTHING;
  const size = Math.max(0, ms);
  if (size < SECOND) return `${Math.round(size)} ms`;
  if (size < 9_950) return `${(size / SECOND).toFixed(1)} s`;
  const seconds = Math.round(size / SECOND);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Return the time that is left as a clock: "04:12", "1:04:12". */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours >= 48) return formatDuration(seconds * SECOND);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${pad(minutes)}:${pad(seconds % 60)}`;
}

/** Return "12", "1,240", "12.4k", "3.1M": short enough for a badge. */
export function formatCount(count: number | null | undefined): string {
  if (count === null || count === undefined || !Number.isFinite(count)) return NOTHING;
  const size = Math.abs(count);
  if (size < 10_000) return count.toLocaleString("en-US");
  const [value, unit] =
    size < 999_950 ? [count / 1e3, "k"] : size < 999_950_000 ? [count / 1e6, "M"] : [count / 1e9, "B"];
  return `${Math.abs(value) < 99.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)}${unit}`;
}

/** Return "1 item", "3 items". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : plural}`;
}

/** Return "512 B", "12.4 KB", "3 MB"; 1 KB is 1,024 bytes. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return NOTHING;
  const units = ["B", "KB", "MB", "GB", "TB"];
  let size = Math.max(0, bytes);
  let unit = 0;
  while (size >= 1023.95 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const text = unit === 0 ? String(Math.round(size)) : size.toFixed(1).replace(/\.0$/, "");
  return `${text} ${units[unit] ?? "B"}`;
}

/** Return "just now", "5 min ago", "in 2 h", "3 d ago"; farther away, the date. */
export function formatRelative(moment: string | number | Date | null | undefined, now: number): string {
  if (moment === null || moment === undefined) return NOTHING;
  const at = new Date(moment).getTime();
  if (Number.isNaN(at)) return NOTHING;
  const off = at - now;
  const size = Math.abs(off);
  if (size < 45 * SECOND) return off > 10 * SECOND ? "in a moment" : "just now";
  if (size >= 7 * DAY) return formatDate(moment, now);
  const [unit, name] = size < 59.5 * MINUTE ? [MINUTE, "min"] : size < 23.5 * HOUR ? [HOUR, "h"] : [DAY, "d"];
  const text = `${Math.max(1, Math.round(size / unit))} ${name}`;
  return off > 0 ? `in ${text}` : `${text} ago`;
}

/** Return "1 Mar" this year, "1 Mar 2025" else, in the reader's time zone unless one is given. */
export function formatDate(moment: string | number | Date, now: number, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const year = (value: string | number | Date): string =>
    new Intl.DateTimeFormat("en-GB", { year: "numeric", ...zone }).format(new Date(value));
  const sameYear = year(moment) === year(now);
  const parts: Intl.DateTimeFormatOptions = {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
    ...zone,
  };
  return new Intl.DateTimeFormat("en-GB", parts).format(new Date(moment));
}

/** Return "1 Mar 2026, 09:30:00", for tooltips and tables. */
export function formatMoment(moment: string | number | Date | null | undefined, timeZone?: string): string {
  if (moment === null || moment === undefined || Number.isNaN(new Date(moment).getTime())) return NOTHING;
  const zone = timeZone === undefined ? {} : { timeZone };
  const parts = {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    ...zone,
  } as const;
  return new Intl.DateTimeFormat("en-GB", parts).format(new Date(moment));
}

/** Return "$0.0042" of the server's decimal text; cents above a dollar, enough digits below. */
export function formatMoney(usd: string | number | null | undefined): string {
  if (usd === null || usd === undefined || usd === "") return NOTHING;
  const value = Number(usd);
  if (!Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  if (size === 0) return "$0";
  const sign = value < 0 ? "-" : "";
  if (size < 0.0001) return `${sign}<$0.0001`;
  const digits = size >= 1 ? 2 : 4;
  const text = size.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: digits });
  return `${sign}$${text}`;
}
