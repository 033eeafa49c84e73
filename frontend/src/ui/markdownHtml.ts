/** Markdown of users made into HTML that can do nothing: no raw HTML, forms, styles, scripts or images of elsewhere. */
import DOMPurify from "dompurify";
import { Marked } from "marked";

const TAGS = [
  "p",
  "br",
  "hr",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "strong",
  "em",
  "del",
  "code",
  "pre",
  "blockquote",
  "ul",
  "ol",
  "li",
  "a",
  "table",
  "thead",
  "tbody",
  "tr",
  "th",
  "td",
];
const SAFE_LINK = /^(?:https?:\/\/|mailto:)/i;

const marked = new Marked({
  async: false,
  gfm: true,
  breaks: true,
  renderer: {
    // What stands there as HTML is shown as the text that it is.
    html: ({ text }) => escaped(text),
    image: ({ text, href }) => escaped(text || href),
    link({ href, tokens }) {
      const words = this.parser.parseInline(tokens);
      return SAFE_LINK.test(href) ? `<a href="${escaped(href)}">${words}</a>${host(href)}` : words;
    },
  },
});

/** Returns safe HTML of a Markdown text. */
export function markdownHtml(text: string): string {
  const html = marked.parse(text, { async: false });
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", "start"],
    ALLOWED_URI_REGEXP: SAFE_LINK,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll("a")) {
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener noreferrer");
  }
  const box = document.createElement("div");
  box.append(fragment);
  return box.innerHTML;
}

/** Where a link leads stands beside it, whatever its words say. */
function host(href: string): string {
  try {
    const { host, protocol } = new URL(href);
    return protocol === "mailto:" || host === "" ? "" : ` <em>(${escaped(host)})</em>`;
  } catch {
    return "";
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
