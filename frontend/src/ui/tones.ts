/** Colours with a meaning; never without an icon or words. */
export type Tone = "neutral" | "accent" | "run" | "ok" | "warn" | "err" | "wait" | "skip";

export const toneClass: Readonly<Record<Tone, string>> = {
  neutral: "bg-raised",
  accent: "bg-accent-tint",
  run: "bg-run-tint",
  ok: "bg-ok-tint",
  warn: "bg-warn-tint",
  err: "bg-err-tint",
  wait: "bg-wait-tint",
  skip: "bg-skip-tint",
};

export const toneTextClass: Readonly<Record<Tone, string>> = {
  neutral: "text-muted",
  accent: "text-accent",
  run: "text-run",
  ok: "text-ok",
  warn: "text-warn",
  err: "text-err",
  wait: "text-wait",
  skip: "text-skip",
};
