import type { ReactNode } from "react";
import { copy } from "./copy";
import type { ImportReport } from "./queries";

const MOST = 8;

/** What an import brought, and what is left to do by hand. */
export function ImportReportView({ report }: { readonly report: ImportReport }) {
  return (
    <div className="flex flex-col gap-3">
      <p>{copy.mapped(report.nodes_mapped, report.nodes_total)}</p>
      <Findings
        title={copy.placeholders}
        lines={report.placeholders.map((one) => `${one.label} (${one.original_type})`)}
      />
      <Findings
        title={copy.untranslated(report.expressions_total)}
        lines={report.expressions_untranslated.map((one) => `${one.field}: ${one.text}`)}
      />
      <Findings title={copy.credentials} lines={report.credentials_needed.map((one) => `${one.name} (${one.type})`)} />
      <Findings title={copy.warnings} lines={report.warnings} />
    </div>
  );
}

function Findings({ title, lines }: { readonly title: ReactNode; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <section>
      <h3 className="font-medium">{title}</h3>
      <ul className="list-disc break-words pl-5 text-muted">
        {[...new Set(lines)].slice(0, MOST).map((line) => (
          <li key={line}>{line}</li>
        ))}
        {lines.length > MOST ? <li>{copy.andMore(lines.length - MOST)}</li> : null}
      </ul>
    </section>
  );
}
