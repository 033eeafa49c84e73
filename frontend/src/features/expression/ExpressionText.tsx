import { type Token, tokenise } from "@/domain/expression";
import { cx } from "@/ui/cx";
import { tokenClass } from "./tokenClass";
import { WRONG_CLASS, wrongPart } from "./wrongPart";

interface ExpressionTextProps {
  readonly text: string;
  /** Where the syntax is wrong. */
  readonly wrongAt: number | null;
}

/** A text as it stands, its expressions tinted. */
export function ExpressionText({ text, wrongAt }: ExpressionTextProps) {
  const wrong = wrongAt === null ? null : wrongPart(text.length, wrongAt);
  return tokenise(text)
    .flatMap((token) => (wrong === null ? [token] : cutAt(token, wrong)))
    .map((token) => (
      <span
        key={token.start}
        className={cx(
          tokenClass(token.kind),
          token.kind !== "text" && "bg-wait-tint",
          token.start === wrong?.from && WRONG_CLASS,
        )}
      >
        {token.text}
      </span>
    ));
}

/** Returns a token in up to three, so that the wrong letter is one of its own. */
function cutAt(token: Token, { from, to }: { readonly from: number; readonly to: number }): Token[] {
  return [token.start, from, to]
    .map((start, at) => ({
      start: Math.max(start, token.start),
      end: Math.min([from, to, token.end][at] ?? 0, token.end),
    }))
    .filter(({ start, end }) => start < end)
    .map(({ start, end }) => ({
      ...token,
      start,
      end,
      text: token.text.slice(start - token.start, end - token.start),
    }));
}
