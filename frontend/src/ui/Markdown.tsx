import { lazy, Suspense } from "react";
import { cx } from "./cx";

interface MarkdownProps {
  readonly text: string;
  readonly className?: string;
}

const Rendered = lazy(async () => {
  const { markdownHtml } = await import("./markdownHtml");
  return {
    default: function Rendered({ text }: { readonly text: string }) {
      // biome-ignore lint/security/noDangerouslySetInnerHtml: the one place of the app, after DOMPurify
      return <div dangerouslySetInnerHTML={{ __html: markdownHtml(text) }} />;
    },
  };
});

/** Markdown that users or models wrote; until its reader is loaded, the plain text. */
export function Markdown({ text, className }: MarkdownProps) {
  return (
    <div className={cx("markdown min-w-0 break-words", className)}>
      <Suspense fallback={<p className="whitespace-pre-wrap">{text}</p>}>
        <Rendered text={text} />
      </Suspense>
    </div>
  );
}
