import { useState } from "react";
import { Card } from "@/ui/Card";
import { Select } from "@/ui/Select";
import { copy } from "./copy";
import { numberText } from "./numbers";
import type { Usage } from "./queries";

type Measure = keyof typeof copy.measures;
const MEASURES: readonly Measure[] = [
  "executions",
  "credits",
  "tokens",
  "cost_usd",
  "ai_calls",
  "uploads",
  "chat_messages",
];
const HEIGHT = 120;
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

/** One measure by day, as bars; a screen reader gets the table behind them. */
export function UsageChart({ daily, today }: Pick<Usage, "daily" | "today">) {
  const [measure, setMeasure] = useState<Measure>("executions");
  const rows = [...daily].sort((one, other) => one.date.localeCompare(other.date));
  const values = rows.map((row) => Number(row[measure]));
  const most = Math.max(...values, 0);
  const title = copy.chart(copy.measures[measure]);
  const dayOf = (date: string) => DAY.format(new Date(date));
  return (
    <Card
      title={title}
      actions={
        <Select
          aria-label={copy.measure}
          className="max-w-40"
          value={measure}
          options={MEASURES.map((value) => ({ value, label: copy.measures[value] }))}
          onChange={setMeasure}
        />
      }
    >
      <svg
        role="img"
        aria-label={title}
        viewBox={`0 0 ${Math.max(1, rows.length) * 10} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-30 w-full border-b"
      >
        {rows.map((row, index) => {
          const height = most === 0 ? 0 : ((values[index] ?? 0) / most) * (HEIGHT - 4);
          return (
            <rect
              key={row.date}
              x={index * 10 + 1}
              y={HEIGHT - height}
              width={8}
              height={height}
              className="fill-accent"
            >
              <title>{`${dayOf(row.date)}: ${numberText(values[index] ?? 0)}`}</title>
            </rect>
          );
        })}
      </svg>
      <div className="mt-1 flex justify-between gap-2 text-meta text-muted">
        <span>{rows[0] ? dayOf(rows[0].date) : ""}</span>
        <span className="text-text">{`${copy.today}: ${numberText(Number(today[measure]))}`}</span>
        <span>{rows.length > 0 ? dayOf(rows[rows.length - 1]?.date ?? "") : ""}</span>
      </div>
      <table className="sr-only">
        <caption>{title}</caption>
        <tbody>
          {rows.map((row, index) => (
            <tr key={row.date}>
              <th scope="row">{dayOf(row.date)}</th>
              <td>{numberText(values[index] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
