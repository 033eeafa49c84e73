import type { TokenKind } from "@/domain/expression";

const CLASSES: Partial<Record<TokenKind, string>> = {
  brace: "text-muted",
  variable: "text-wait",
  name: "text-wait",
  property: "text-text",
  call: "text-accent",
  string: "text-ok",
  number: "text-run",
  constant: "text-run",
  operator: "text-muted",
  punctuation: "text-muted",
  unknown: "text-err",
};

/** The colour of a token, the same in the editor and outside of it. */
export function tokenClass(kind: TokenKind): string | undefined {
  return CLASSES[kind];
}
