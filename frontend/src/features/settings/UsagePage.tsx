import { Facts, Loaded, Page, useFilters, usePlans } from "@/features/screen";
import { Card } from "@/ui/Card";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { bytesText, numberText } from "./numbers";
import { type Usage, useUsage } from "./queries";
import { UsageChart } from "./UsageChart";
import { UsageLimits } from "./UsageLimits";

const PERIODS = ["7", "30", "90"] as const;

/** What a person used, by day, and the limits of the plan. */
export function UsagePage() {
  const filters = useFilters(["days"]);
  const days = PERIODS.find((one) => one === filters.get("days")) ?? "30";
  const usage = useUsage(Number(days));
  return (
    <Page
      title={copy.usage}
      description={copy.usageText}
      actions={
        <SegmentedControl
          label={copy.period}
          value={days}
          options={PERIODS.map((value) => ({ value, label: copy.days(Number(value)) }))}
          onChange={(value) => filters.set("days", value === "30" ? "" : value)}
        />
      }
    >
      <Loaded query={usage}>{(given) => <Shown usage={given} />}</Loaded>
    </Page>
  );
}

function Shown({ usage: { credits, daily, limits, storage, tier, today } }: { readonly usage: Usage }) {
  const hasPlans = usePlans();
  return (
    <>
      <Card>
        <Facts
          facts={[
            ...(hasPlans
              ? ([
                  [
                    copy.tier,
                    <span key="tier" className="capitalize">
                      {tier}
                    </span>,
                  ],
                  [copy.credits, copy.creditsLeft(numberText(credits.balance), numberText(credits.monthly))],
                  [copy.resets, <Time key="resets" at={credits.resets_at} />],
                ] as const)
              : []),
            [
              copy.storage,
              copy.storageOf(
                bytesText(storage.used_bytes),
                storage.quota_bytes === null ? null : bytesText(storage.quota_bytes),
              ),
            ],
          ]}
        />
      </Card>
      <UsageChart daily={daily} today={today} />
      {hasPlans ? <UsageLimits limits={limits} /> : null}
    </>
  );
}
