import { tokenise } from "@/domain/expression";
import { cx } from "@/ui/cx";
import { tokenClass } from "./tokenClass";

/** A text as it stands, its expressions tinted. */
export function ExpressionText({ text }: { readonly text: string }) {
  return tokenise(text).map((token) => (
    <span key={token.start} className={cx(tokenClass(token.kind), token.kind !== "text" && "bg-wait-tint")}>
      {token.text}
    </span>
  ));
}
