import type { ReactNode } from "react";
import { Badge } from "@/ui/Badge";
import { Time } from "@/ui/Time";
import type { Tone } from "@/ui/tones";
import { copy } from "./copy";
import type { Health } from "./queries";

type Parts = Health["components"];
type ComponentStatus = Parts["database"]["status"];

const TONES: Readonly<Record<ComponentStatus, Tone>> = { ok: "ok", degraded: "warn", down: "err", unknown: "neutral" };

/** Each part of the installation with its state and what is known of it. */
export function HealthParts({ parts: { database, redis, workers, beat, sandbox } }: { readonly parts: Parts }) {
  const server = ({ latency_ms, reason }: Parts["database"]) =>
    reason ?? (latency_ms === null ? "" : copy.latency(latency_ms));
  const rows: readonly (readonly [keyof typeof copy.parts, ComponentStatus, ReactNode])[] = [
    ["database", database.status, server(database)],
    ["redis", redis.status, server(redis)],
    [
      "workers",
      workers.status,
      [copy.count(workers.count), ...workers.standing.map((one) => Object.values(one).join(": "))].join(" · "),
    ],
    [
      "beat",
      beat.status,
      <span key="beat">
        {copy.lastTick} <Time at={beat.last_tick_at} />
      </span>,
    ],
    [
      "sandbox",
      sandbox.status,
      sandbox.reason ?? (sandbox.layers.length > 0 ? copy.layers(sandbox.layers.join(", ")) : ""),
    ],
  ];
  return (
    <ul className="-my-2 divide-y divide-line">
      {rows.map(([part, status, detail]) => (
        <li key={part} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
          <span className="w-28 font-medium">{copy.parts[part]}</span>
          <span className="w-24">
            <Badge tone={TONES[status]}>{copy.component[status]}</Badge>
          </span>
          <span className="min-w-0 flex-1 basis-60 break-words text-muted">{detail}</span>
        </li>
      ))}
    </ul>
  );
}
