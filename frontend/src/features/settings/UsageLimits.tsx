import { Card } from "@/ui/Card";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { numberText } from "./numbers";
import type { Usage } from "./queries";

/** How much of each limit is left. */
export function UsageLimits({ limits }: { readonly limits: Usage["limits"] }) {
  return (
    <Card title={copy.limits}>
      <div className="-mx-4 overflow-x-auto">
        <table aria-label={copy.limits} className="w-full text-left">
          <thead className="text-meta text-muted">
            <tr>
              <th scope="col" className="px-4 py-1 font-medium">
                {copy.limit}
              </th>
              <th scope="col" className="px-4 py-1 text-right font-medium">
                {copy.remaining}
              </th>
              <th scope="col" className="px-4 py-1 text-right font-medium">
                {copy.allowed}
              </th>
              <th scope="col" className="px-4 py-1 font-medium max-md:hidden">
                {copy.until}
              </th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(limits).map(([scope, { limit, remaining, reset_at }]) => (
              <tr key={scope} className="border-t">
                <td className="px-4 py-1.5 first-letter:uppercase">{scope.replaceAll("_", " ")}</td>
                <td className="px-4 py-1.5 text-right tabular-nums">
                  {remaining === null ? "–" : numberText(remaining)}
                </td>
                <td className="px-4 py-1.5 text-right tabular-nums">
                  {limit === null ? copy.unlimited : numberText(limit)}
                </td>
                <td className="px-4 py-1.5 max-md:hidden">
                  <Time at={reset_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
