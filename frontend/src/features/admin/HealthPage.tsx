import { Loaded, Page } from "@/features/screen";
import { Card } from "@/ui/Card";
import { StatusBadge } from "@/ui/StatusBadge";
import { copy } from "./copy";
import { HealthParts } from "./HealthParts";
import { useHealth } from "./queries";
import { Workers } from "./Workers";

/** Whether the installation works, and which of its processes do what. */
export function HealthPage() {
  const health = useHealth();
  return (
    <Page title={copy.health} description={copy.healthText} isWide>
      <Card
        title={health.data ? copy.overallOf(health.data.version) : copy.overall}
        actions={
          health.data ? (
            <StatusBadge status={health.data.status} label={copy.overallStates[health.data.status]} />
          ) : null
        }
      >
        <Loaded query={health}>{({ components }) => <HealthParts parts={components} />}</Loaded>
      </Card>
      <Workers />
    </Page>
  );
}
